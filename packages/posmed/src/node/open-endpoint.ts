import type { Endpoint, EndpointOptions } from './openai-endpoint.js';

/** Loads the client of an endpoint, which takes too long for commands that ask none, and makes it. */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { createEndpoint } = await import('./openai-endpoint.js');
  return createEndpoint(options);
}
