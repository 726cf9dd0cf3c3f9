import { CommandError } from './command-error.js';

/**
 * The address of an endpoint, without "/" at its end. No message repeats it, for a password may be in it.
 * @param where what errors call it
 * @throws CommandError when it is no address, or more than one
 */
export function endpointUrl(text: string, where: string, remedy: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(where, 'it is no URL that begins with http:// or https://', remedy);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new CommandError(
      where,
      'it has more in it than an address',
      'leave out user, password and query; the key belongs in OPENAI_API_KEY',
    );
  }
  return url.href.replace(/\/+$/, '');
}

/**
 * The key of an endpoint, from the environment alone: what is on a command line is seen by others and kept in histories.
 * @throws CommandError when it is not set, or is none
 */
export function endpointKey(environment: Readonly<Record<string, string | undefined>>): string {
  const key = environment.OPENAI_API_KEY?.trim();
  if (!key) {
    throw new CommandError(
      'OPENAI_API_KEY',
      'it is not set',
      "set it to the endpoint's key, or to any word where the endpoint asks for none",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new CommandError('OPENAI_API_KEY', 'it has characters in it that no key has', 'copy it again');
  }
  return key;
}
