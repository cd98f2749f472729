// SPDX-License-Identifier: Apache-2.0
// What an error means, and what to do about it.
import { rightFor } from './rights';
import { revealed } from './words';

export interface Failure {
  status: number;
  code: string;
  // Without the pointer.
  text: string;
  // JSON pointer of the field that the message is about.
  pointer?: string;
  requestId?: string;
  // What was asked for, where it was refused.
  asked?: string;
}

// failureOf reads whatever was thrown. The API's messages about a field begin with its pointer.
export function failureOf(error: unknown): Failure {
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as {
    status?: unknown;
    code?: unknown;
    message?: unknown;
    requestId?: unknown;
    asked?: unknown;
  };
  // It may quote what was sent.
  const message =
    typeof thrown.message === 'string' ? revealed(thrown.message) : 'Something went wrong.';
  const status = typeof thrown.status === 'number' ? thrown.status : 0;
  const found = /^((?:\/[^\s/:]+)+): ([\s\S]*)$/.exec(message);
  const text = found?.[2] ?? message;
  const pointer = status === 409 ? (found?.[1] ?? conflictAt(text)) : partOf(found?.[1], text);
  return {
    status,
    code: typeof thrown.code === 'string' ? thrown.code : 'Unreachable',
    text: sentence(text),
    ...(pointer === undefined ? {} : { pointer }),
    ...(typeof thrown.requestId === 'string' ? { requestId: thrown.requestId } : {}),
    ...(typeof thrown.asked === 'string' ? { asked: thrown.asked } : {}),
  };
}

// Conflicts of a load balancer name what is in the way, and no field.
function conflictAt(text: string): string | undefined {
  if (/^port \d+ /.test(text)) return '/port';
  return /^(listener|backend set|backend) '.*' already exists/.test(text) ? '/name' : undefined;
}

// Of a subject the server points at the whole and names the part: "organization may have …".
function partOf(pointer: string | undefined, text: string): string | undefined {
  const part = pointer?.endsWith('/subject') === true ? /^\w+(?= )/.exec(text)?.[0] : undefined;
  return part === undefined ? pointer : `${pointer}/${part}`;
}

function sentence(text: string): string {
  // A name at the beginning stays as it is.
  const first = /^[a-z]+(?=[ ,])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

export function whatToDo({ status, code, asked }: Failure): string {
  if (code === 'AnswerLostRepeat') {
    return 'It may have been done all the same. What you entered is kept: send it again, and it is done only once.';
  }
  if (code === 'AnswerLost') {
    return 'It may have been done all the same: look at it when the server is back, then decide.';
  }
  if (status === 0) return 'The server did not answer. What you entered is kept; try again.';
  if (status === 401) return 'Sign in again; you come back to this place.';
  const right = rightFor(asked);
  if (status === 404 && right !== undefined) {
    return (
      `If it is there, you lack ${right.permission}. An administrator can give it by a policy: ` +
      `Allow group YOUR-GROUP to ${right.statement} in tenancy.`
    );
  }
  if (status === 404) {
    return 'It does not exist, or no policy lets you see it. An administrator can add a policy.';
  }
  if (status === 412 || code === 'NoEtagMatch') {
    return 'Somebody else changed it meanwhile. Look at it, then decide.';
  }
  if (status === 410) return 'Close this window, and look at what is there now.';
  if (status === 409) return 'Look at its present state, then try again.';
  if (status === 429) return 'Too many requests; wait a moment.';
  if (status >= 500) return 'The server has trouble of its own; try again in a moment.';
  return 'Change what is named, then try again.';
}

// fieldErrors puts the message at the control that the pointer leads to: the longest of the known
// pointers that it begins with. Nothing is returned for errors that belong to no control.
export function fieldErrors(
  failure: Failure | undefined,
  pointers: readonly string[],
): Record<string, string> {
  if (failure?.pointer === undefined) return {};
  const { pointer } = failure;
  const fits = pointers
    .filter((known) => pointer === known || pointer.startsWith(`${known}/`))
    .sort((a, b) => b.length - a.length)[0];
  return fits === undefined ? {} : { [fits]: failure.text };
}
