// SPDX-License-Identifier: Apache-2.0
// Text that wants to be more than text (F16 of the threat model): which places of the API let it in, and
// that every page and window of the console shows it as text and keeps it to itself.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { openBrowser, partsOf, signIn, url } from './support/browser.mjs';
import * as hostile from './support/hostile.mjs';
import { lookFor } from './support/hostile_page.mjs';
import { placesOf, requestsIn } from './support/wire.mjs';

const { CELLS, KINDS, SHOWN, admin } = hostile;

// What takes any text, by request. Everything else is refused, and the refusal names the place and the rule.
const SUBJECT = ['commonName', 'domainComponent', 'generationQualifier', 'givenName', 'initials', 'localityName',
  'organization', 'organizationalUnit', 'pseudonym', 'stateOrProvinceName', 'street', 'surname', 'title', 'userId'];
const TAGS = ['/freeformTags/k', '/definedTags/k/k'];
const named = ['/description', ...TAGS];
const TAKEN = {
  CreateCompartmentDetails: named,
  CreateUserDetails: ['/description', '/email', ...TAGS],
  CreateGroupDetails: named,
  CreatePolicyDetails: named,  // And quoted in a statement: `where request.user.name = '…'`.
  CreateCertificateAuthorityDetails: [...SUBJECT.map((field) => `/certificateAuthorityConfig/subject/${field}`),
    '/description', '/kmsKeyId', '/externalKeyDescription', ...TAGS],
  CreateCertificateDetails: [...SUBJECT.map((field) => `/certificateConfig/subject/${field}`), ...named],
  UpdateCertificateDetails: named,
  CreateLoadBalancerDetails: ['/displayName', ...TAGS],
  // What a node says it saw; its association must be one of its own.
  CreateObservationsDetails: ['fingerprintSha256', 'address', 'serverName', 'keyType', 'vantage', 'reason']
    .map((field) => `/items/0/${field}`),
};
// What is not tried here: secrets, which nothing shows; what services alone say; what is compared and not
// kept; and the same fields once more. What nodes report of their listeners is not tried yet.
const OTHERS = ['CreateSessionDetails', 'ChangePasswordDetails', 'PutPlacementsDetails', 'ForceDetachDetails',
  'UpdateBackendSetDetails', 'ReportListenersDetails'];
// Ids that the request is about: denied and absent look alike, so nothing is named.
const SUBJECT_OF_REQUEST = /\/(compartmentId|userId|groupId)$/;

// A refusal names the place, or what it is a part of; of a subject it names the part in words.
function assertNames(message, place) {
  const [pointer, rule = ''] = message.split(': ');
  assert.ok(place === pointer || place.startsWith(`${pointer}/`), `${place}: ${message}`);
  assert.ok(rule.length > 5, message);
  if (pointer.endsWith('/subject')) assert.ok(rule.startsWith(place.slice(pointer.length + 1)), message);
}

test('text that wants to be more than text', async (t) => {
  const ground = await hostile.makeGround();

  await t.test('no request of the wire types is forgotten', () => {
    const tried = hostile.requestsOf(ground).map(([, name]) => name).filter((name) => name !== 'BackendDetails');
    const there = ['identity', 'certificates', 'load_balancer', 'audit'].flatMap(requestsIn);
    assert.deepEqual([...tried, ...OTHERS].sort(), there.sort());
  });

  await t.test('each place of each request takes it, or refuses it by name and rule', async () => {
    for (const request of hostile.requestsOf(ground)) {
      const [service, name] = request;
      const taken = [];
      for (const place of placesOf(service, name)) {
        const { status, json, text } = await hostile.probe(request, place, KINDS.markup);
        if (status < 300 && !(json?.rejected?.length > 0)) taken.push(place);
        else if (status === 404) assert.match(place, SUBJECT_OF_REQUEST, text);
        else if (status !== 200) {
          assert.equal(status, 400, `${name}${place}: ${text}`);
          assertNames(json.message, place);
        }
      }
      assert.deepEqual(taken.sort(), [...(TAKEN[name] ?? [])].sort(), name);
    }
  });

  await t.test('a node cannot join under such a name', async () => {
    for (const text of Object.values(KINDS)) {
      if (/^[a-zA-Z0-9.-]+$/.test(text)) continue;  // It is a host name.
      await assert.rejects(hostile.joinAs(ground, text), /enrol: 400 .*\/name: must be a host name/);
    }
  });

  const made = {};
  const asked = {};
  const expected = [];  // [what, text]: to be seen somewhere.
  await t.test('things are made that are full of it; only controls are refused', async () => {
    const version = await hostile.renew(ground);
    for (const kind of Object.keys(KINDS)) {
      const things = await hostile.makeHostile(kind, ground);
      const refused = Object.entries(things).flatMap(([what, it]) => it.refused.map((place) => what + place));
      if (!/^(tab|return)$/.test(kind)) assert.deepEqual(refused, [], kind);
      else for (const place of ['balancer/displayName', 'user/email', 'group/description']) assert.ok(refused.includes(place), place);
      const seen = await hostile.reportHostile(kind, ground, version);
      if (kind in CELLS) continue;
      made[kind] = things;
      // Of a fingerprint only the first letters are shown; the rest is in a hint.
      const { fingerprintSha256: _, ...whole } = seen;
      expected.push(...Object.entries(whole).map(([field, text]) => [`rollout/${field}`, text]));
      for (const [what, { texts }] of Object.entries(things)) {
        expected.push(...Object.entries(texts).map(([place, text]) => [what + place, text]));
      }
    }
    asked.since = new Date().toISOString();
    for (const kind of Object.keys(SHOWN)) {
      asked[kind] = await hostile.askHostile(kind);
      expected.push(['audit', asked[kind]]);
    }
    const { text, answer } = await hostile.exchangeHostile('direction', ground);
    assert.equal(answer.status, 200, answer.text);
    expected.push(['agentVersion', text]);
  });

  const browser = await openBrowser(t);
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, acceptDownloads: true });
  const { page, seen } = await signIn(context);
  const part = partsOf(t, page);
  const dialogs = [];
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); void dialog.dismiss(); });
  const look = lookFor(page, expected);
  const goto = async (path) => {
    await page.goto(`${url}/console${path}`);
    await page.waitForFunction(() => document.querySelector('main') !== null
      && document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root') === null);
  };
  const open = async (name, act) => {
    await act();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await look(name);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  };
  const button = (name) => page.getByRole('button', { name }).first();

  await part('home, lists, the tree and the nodes', async () => {
    for (const path of ['/', '/certificates', '/certificates?sort=name', '/authorities', '/load-balancers', '/nodes', '/trust']) {
      await goto(path);
      await look(path);
    }
    await goto('/nodes');
    await open('join a node', () => button('Add a node').click());
    await open('remove a node', async () => {
      await button(`Actions of ${ground.name}`).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
    });
    look.allWell();
  });

  await part('certificates, authorities and load balancers, tab by tab', async () => {
    for (const kind of Object.keys(SHOWN)) {
      await goto(`/certificates/${made[kind].certificate.made.id}`);
      await look(`certificate ${kind}`);
      await goto(`/authorities/${made[kind].authority.made.id}`);
      await look(`authority ${kind}`);
    }
    for (const tab of ['versions', 'associations', 'rollout', 'readers', 'activity']) {
      await goto(`/certificates/${ground.certificate.id}?tab=${tab}`);
      await look(`certificate, ${tab}`);
    }
    await open('the renewal rule', async () => {
      await goto(`/certificates/${ground.certificate.id}`);
      await button('Edit the rule').click();
    });
    await open('deletion', async () => {
      await button('More').click();
      await page.getByRole('menuitem', { name: /^Delete/ }).click();
    });
    look.allWell();
  });

  await part('a load balancer of such a name, and its windows', async () => {
    const items = await admin.ok(url, 'GET', `/20170115/loadBalancers?compartmentId=${admin.tenancyId}&limit=100`);
    for (const kind of ['direction', 'long', 'markup']) {
      const { id } = items.find(({ displayName }) => displayName === made[kind].balancer.texts['/displayName']);
      for (const tab of ['listeners', 'backend-sets', 'work']) {
        await goto(`/load-balancers/${id}?tab=${tab}`);
        await look(`load balancer ${kind}, ${tab}`);
      }
      await open('delete it', () => button('Delete').click());
      await goto(`/load-balancers/${id}`);
      await open('create listener', () => button('Create listener').click());
      await button('Create listener').click();
      await button('Copy as CLI').click();
      await page.getByText('perennial listener create').first().waitFor();
      await look('copy as CLI');
    }
    look.allWell();
  });

  await part('users, groups, policies and oneself', async () => {
    for (const tab of ['users', 'groups', 'policies', 'you']) {
      await goto(`/access?tab=${tab}`);
      await look(`access, ${tab}`);
    }
    await goto('/access?tab=users');
    await page.getByText(/^hostile-/).first().click();
    await button('Make a sign-in link').waitFor();
    await look('one user');
    await open('create user', () => button('Create user').click());
    await goto('/access?tab=policies');
    await open('delete a policy', () => button(/^Delete policy/).click());
    await open('create policy', () => button('Create policy').click());
    look.allWell();
  });

  await part('the audit, each record that tells of it opened', async () => {
    for (const kind of Object.keys(SHOWN)) {
      await goto(`/audit?from=${asked.since}&resource=~${asked[kind].split('~')[1]}`);
      await page.getByRole('button', { name: /Get user/ }).first().click();
      await page.getByText('Signed with').first().waitFor();
      await look(`audit ${kind}`);
    }
    look.allWell();
  });

  await part('wide, nothing is worse', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    for (const path of ['/', '/certificates', '/authorities', '/load-balancers', '/nodes', '/access?tab=users',
      `/certificates/${ground.certificate.id}?tab=rollout`, '/audit?hours=1']) {
      await goto(path);
      await look(`wide ${path}`);
    }
    look.allWell();
  });

  await part('all of it was seen, as text', () => {
    assert.deepEqual(look.unseen(), []);
  });

  await part('no cell of the exported list is a formula', async () => {
    const name = await hostile.certificateNamed('-1-1', ground);
    await goto('/certificates');
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export CSV').click()]);
    const cells = csvCells(fs.readFileSync(await download.path(), 'utf8'));
    assert.ok(cells.some((cell) => cell.includes('=cmd|')), 'the hostile subject is in the file');
    assert.ok(cells.includes(`'${name}`), 'the name that begins like a formula is made harmless');
    for (const cell of cells) {
      assert.ok(!/^[\s\u0000-\u001f]*[=+@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(cell), JSON.stringify(cell));
      assert.ok(!/^\s*-/.test(cell), JSON.stringify(cell));
    }
  });

  await part('no dialog, no error, nothing refused by the policy of content, nothing from elsewhere', () => {
    assert.deepEqual(dialogs, []);
    assert.deepEqual(seen, { errors: [], violations: [], cookies: [], elsewhere: [] });
  });
});

// csvCells reads RFC 4180 by itself, so that nothing is taken on the writer's word.
function csvCells(text) {
  const cells = [];
  for (const [, quoted, plain] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?:,|\r\n|$)/g)) {
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return cells;
}
