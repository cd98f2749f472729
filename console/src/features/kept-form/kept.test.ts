// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from 'vitest';

import { Kept } from './kept';

interface Form {
  name: string;
  port: number;
}
const usual: Form = { name: '', port: 443 };

let stored: Map<string, string>;
const open = (user = 'ada'): Kept<Form> =>
  new Kept<Form>('listener', user, {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  });
beforeEach(() => {
  stored = new Map();
});

// A server that remembers what was asked, and answers as it is told.
const server = (...answers: (number | 'ok')[]) => {
  const asked: { body: unknown; token: string }[] = [];
  const post = (body: unknown, token: string): Promise<string> => {
    asked.push({ body, token });
    const answer = answers.shift() ?? 'ok';
    return answer === 'ok' ? Promise.resolve('made') : Promise.reject({ status: answer });
  };
  return { asked, post };
};
let made = 0;
const make = (): object => ({ name: 'web', made: ++made });
const send = (form: Kept<Form>, post: ReturnType<typeof server>['post']): Promise<string> =>
  form.send('create', usual, make, post).catch(() => 'refused');

describe('what was entered', () => {
  it('is there on the next page, for the same person only, until it was sent', () => {
    open().change({ name: 'web' });
    open().change({ port: 8443 });
    expect(open()).toMatchObject({ found: true, changes: { name: 'web', port: 8443 } });
    expect(open('bob')).toMatchObject({ found: false, changes: {} });
    open().forget();
    expect(open().found).toBe(false);
    expect(stored.size).toBe(0);
  });

  it('is not lost to what somebody else wrote there', () => {
    stored.set('perennial.form.listener', '{"user":');
    expect(open().found).toBe(false);
  });
});

describe('sending it', () => {
  it('again after a lost answer is the same request, on the next page too', async () => {
    const { asked, post } = server(0, 503, 'ok');
    const form = open();
    form.change({ name: 'web' });
    expect(await send(form, post)).toBe('refused');
    expect(await send(form, post)).toBe('refused');
    expect(await send(open(), post)).toBe('made');
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[2]).toEqual(asked[0]);
  });

  it('again after a refusal is a new one', async () => {
    const { asked, post } = server(409, 'ok');
    const form = open();
    await send(form, post);
    await send(form, post);
    expect(asked[1]?.token).not.toBe(asked[0]?.token);
    expect(asked[1]?.body).not.toEqual(asked[0]?.body);
  });

  it('again with something changed is a new one', async () => {
    const { asked, post } = server(0, 'ok');
    const form = open();
    await send(form, post);
    form.change({ port: 444 });
    await send(form, post);
    expect(asked[1]?.token).not.toBe(asked[0]?.token);
  });

  it('anew after it was done is a new one', async () => {
    const { asked, post } = server('ok', 'ok');
    const form = open();
    await send(form, post);
    form.forget();
    await send(form, post);
    expect(asked[1]?.token).not.toBe(asked[0]?.token);
  });

  it('in two requests repeats each for itself', async () => {
    const { asked, post } = server('ok', 0, 'ok');
    const form = open();
    await form.send('root', usual, make, post);
    await form.send('issuing', usual, make, post).catch(() => undefined);
    await form.send('issuing', usual, make, post);
    expect(asked[1]?.token).not.toBe(asked[0]?.token);
    expect(asked[2]).toEqual(asked[1]);
  });
});
