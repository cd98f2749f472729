// SPDX-License-Identifier: Apache-2.0
// A new backend set, or one more backend in a set.
import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { createBackend, createBackendSet, type LoadBalancer } from '../../api/load-balancers';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FailureNote } from '../certificate-parts/failure-note';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { WorkProgress } from '../load-balancer-parts/work-request';
import { parseBackends } from './backend-set';

const CLOSE = { 'aria-label': 'Close' };
const POINTERS = ['/name', '/policy', '/healthChecker/urlPath', '/healthChecker', '/backends'];
const POLICIES = [
  { value: 'ROUND_ROBIN', label: 'In turn' },
  { value: 'LEAST_CONNECTIONS', label: 'Fewest connections' },
  { value: 'IP_HASH', label: 'By the client’s address' },
];

const USUAL = { name: 'app', policy: 'ROUND_ROBIN', health: 'HTTP', path: '/', text: '' };

interface Props {
  loadBalancer: LoadBalancer;
  onClose: () => void;
}

export function BackendSetWindow({ loadBalancer, onClose }: Props) {
  const form = useKeptForm(`backend-set ${loadBalancer.id}`, USUAL);
  const { name, policy, health, path, text } = form.value;
  const [work, setWork] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const parsed = parseBackends(text);
  const body = {
    name,
    policy,
    healthChecker: { protocol: health, ...(health === 'HTTP' ? { urlPath: path } : {}) },
    backends: parsed.backends,
  };
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, POINTERS);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (parsed.error !== undefined) return;
    setBusy(true);
    setThrown(undefined);
    try {
      const post = (sent: typeof body, token: string): Promise<string> =>
        createBackendSet(loadBalancer.id, sent, token);
      setWork(await form.send('create', () => body, post));
      form.forget();
    } catch (error) {
      setThrown(error);
    } finally {
      setBusy(false);
    }
  };
  const backends = parsed.backends.flatMap(({ ipAddress, port }) => [
    '--backend',
    ipAddress.includes(':') ? `[${ipAddress}]:${port}` : `${ipAddress}:${port}`,
  ]);
  return (
    <Modal opened onClose={onClose} title="Create backend set" closeButtonProps={CLOSE}>
      {work !== undefined ? (
        <Finished work={work} doing={`${name} is being put in place …`} done={`${name} is there`} onClose={onClose} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <KeptNote form={form} />
            <TextInput
              label="Name"
              value={name}
              error={errors['/name']}
              onChange={(event) => form.change({ name: event.currentTarget.value })}
              required
              data-autofocus
            />
            <Textarea
              label="Backends"
              description="One a line, ADDRESS:PORT; more can follow later"
              placeholder={'10.0.0.3:8080\n10.0.0.4:8080'}
              autosize
              minRows={2}
              value={text}
              error={(tried ? parsed.error : undefined) ?? errors['/backends']}
              onChange={(event) => form.change({ text: event.currentTarget.value })}
            />
            <Select
              label="Requests are given out"
              data={POLICIES}
              value={policy}
              allowDeselect={false}
              error={errors['/policy']}
              onChange={(value) => value !== null && form.change({ policy: value })}
            />
            <Group grow align="flex-start">
              <Select
                label="Health check"
                data={[
                  { value: 'HTTP', label: 'HTTP' },
                  { value: 'TCP', label: 'TCP' },
                ]}
                value={health}
                allowDeselect={false}
                error={errors['/healthChecker']}
                onChange={(value) => value !== null && form.change({ health: value })}
              />
              {health === 'HTTP' && (
                <TextInput
                  label="Path that answers 200"
                  value={path}
                  error={errors['/healthChecker/urlPath']}
                  onChange={(event) => form.change({ path: event.currentTarget.value })}
                />
              )}
            </Group>
            {failure !== undefined && Object.keys(errors).length === 0 && <FailureNote error={thrown} />}
            <Group justify="space-between">
              <CopyAs
                recipe={{
                  cli: shellLine(
                    ...['perennial', 'backend-set', 'create', '--lb', loadBalancer.displayName],
                    ...['--name', name, ...backends, '--policy', policy, '--health', health],
                    ...(health === 'HTTP' ? ['--health-path', path] : []),
                  ),
                  sdk: sdkCall('loadBalancerClient', 'createBackendSet', {
                    loadBalancerId: loadBalancer.id,
                    createBackendSetDetails: body,
                  }),
                }}
              />
              <Button type="submit" loading={busy}>
                Create
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

export function BackendWindow({ loadBalancer, set, onClose }: Props & { set: string }) {
  const [text, setText] = useState('');
  const [work, setWork] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const parsed = parseBackends(text);
  const backend = parsed.backends[0];
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (backend === undefined || parsed.error !== undefined) return;
    setBusy(true);
    setThrown(undefined);
    try {
      setWork(await createBackend(loadBalancer.id, set, backend));
    } catch (error) {
      setThrown(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Add a backend to ${set}`} closeButtonProps={CLOSE}>
      {work !== undefined ? (
        <Finished work={work} doing={`${text} is being added …`} done={`${text} takes requests`} onClose={onClose} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <TextInput
              label="Backend"
              placeholder="10.0.0.3:8080"
              value={text}
              error={text === '' ? undefined : parsed.error}
              onChange={(event) => setText(event.currentTarget.value.trim())}
              data-autofocus
            />
            <FailureNote error={thrown} />
            <Group justify="space-between">
              <CopyAs
                recipe={{
                  cli: shellLine(
                    ...['perennial', 'backend', 'add', '--lb', loadBalancer.displayName],
                    ...['--set', set, text || 'ADDRESS:PORT'],
                  ),
                  sdk: sdkCall('loadBalancerClient', 'createBackend', {
                    loadBalancerId: loadBalancer.id,
                    backendSetName: set,
                    createBackendDetails: backend ?? {},
                  }),
                }}
              />
              <Button type="submit" loading={busy} disabled={backend === undefined}>
                Add
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Finished(props: { work: string; doing: string; done: string; onClose: () => void }) {
  return (
    <Stack>
      <WorkProgress id={props.work} doing={props.doing} done={props.done} />
      <Group justify="flex-end">
        <Button onClick={props.onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
