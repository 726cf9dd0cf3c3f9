import * as ag from '@prs-med/autograd';
import { rootScope, type Scope } from '@prs-med/nn';
import type { Parameters } from '../bundle/trained.js';

/** A scope whose parameters are constants of the graph. Throws GraphError for a name or shape that is not there. */
export function constantScope(parameters: Parameters): Scope {
  return rootScope((name, shape) => {
    const parameter = parameters.get(name);
    if (parameter === undefined || !ag.sameShape(parameter.shape, shape)) {
      const found = parameter === undefined ? 'missing' : `of shape ${ag.formatShape(parameter.shape)}`;
      throw new ag.GraphError('constantScope', `${name} ${ag.formatShape(shape)} is ${found}`, []);
    }
    return ag.constant(parameter.data, shape, 'float32', name);
  });
}
