// SPDX-License-Identifier: Apache-2.0
// A new backend set, another one for an old one, or one more backend in a set.
import { Button, Group, Modal, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import {
  type BackendSet,
  createBackend,
  createBackendSet,
  getLoadBalancer,
  type LoadBalancer,
  updateBackendSet,
} from '../../api/load-balancers';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { ConflictNote } from '../edit-conflict/conflict-note';
import { Gone, sameJson } from '../edit-conflict/guarded-save';
import { useGuardedSave } from '../edit-conflict/use-guarded-save';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { WorkProgress } from '../load-balancer-parts/work-request';
import {
  detailsOf,
  differences,
  type Draft,
  draftOf,
  emptyDraft,
  leavingOf,
  lineOf,
  parseBackends,
  POLICIES,
  unchangedOf,
} from './backend-set';

const CLOSE = { 'aria-label': 'Close' };
const POINTERS = ['/name', '/policy', '/healthChecker/urlPath', '/healthChecker', '/backends'];

interface Props {
  loadBalancer: LoadBalancer;
  onClose: () => void;
}

interface SetProps extends Props {
  // The set that is edited, and the etag that it was read with; without it, one is made.
  set?: BackendSet | undefined;
  etag?: string | undefined;
}

export function BackendSetWindow(props: SetProps) {
  const { loadBalancer, set, onClose } = props;
  const [usual] = useState(() => (set === undefined ? emptyDraft() : draftOf(set)));
  // What was entered over an older state is not brought back over a newer one.
  const edited = set === undefined ? '' : `${set.name} ${props.etag ?? ''}`;
  const form = useKeptForm<Draft>(`backend-set ${loadBalancer.id} ${edited}`, usual);
  const draft = form.value;
  const { name, health } = draft;
  const parsed = parseBackends(draft.lines);
  const [work, setWork] = useState<string>();
  const [tried, setTried] = useState(false);
  const edit = useGuardedSave<BackendSet | undefined, string>(
    { etag: set === undefined ? undefined : props.etag, value: set },
    {
      read: async () => {
        // What is made overwrites nothing.
        if (set === undefined) return { etag: undefined, value: undefined };
        const now = await getLoadBalancer(loadBalancer.id);
        return { etag: now.etag, value: presentOf(now.body, set.name) };
      },
      write: (ifMatch, base) =>
        form.send(
          'backend-set',
          () => detailsOf(draft, parsed.backends, base),
          (body, token) =>
            set === undefined
              ? createBackendSet(loadBalancer.id, { name, ...body }, token)
              : updateBackendSet(loadBalancer.id, name, body, ifMatch, token),
        ),
      same: sameJson,
      wanted: (now) =>
        now !== undefined && sameJson(detailsOf(draft, parsed.backends, now), unchangedOf(now)),
    },
    (id) => {
      setWork(id);
      form.forget();
    },
  );
  const { theirs, seen } = edit;
  const was = seen.value;
  const change = (part: Partial<Draft>): void => {
    form.change(part);
    edit.clearError();
  };
  const body = detailsOf(draft, parsed.backends, was);
  const leaving = was === undefined || parsed.error !== undefined ? [] : leavingOf(was, parsed.backends);
  const failure = edit.error === undefined ? undefined : failureOf(edit.error);
  const errors = fieldErrors(failure, POINTERS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (parsed.error === undefined && theirs === undefined) void edit.save();
  };
  const backends = parsed.backends.flatMap((backend) => ['--backend', lineOf(backend)]);
  const recipe =
    was === undefined
      ? {
          cli: shellLine(
            ...['perennial', 'backend-set', 'create', '--lb', loadBalancer.displayName],
            ...['--name', name, ...backends, '--policy', draft.policy, '--health', health],
            ...(health === 'HTTP' ? ['--health-path', draft.path] : []),
          ),
          sdk: sdkCall('loadBalancerClient', 'createBackendSet', {
            loadBalancerId: loadBalancer.id,
            createBackendSetDetails: { name, ...body },
          }),
        }
      : {
          cli: shellLine(
            ...['perennial', 'backend-set', 'update', name, '--lb', loadBalancer.displayName],
            ...[...backends, '--policy', draft.policy, '--health', health],
            ...(health === 'HTTP' ? ['--health-path', draft.path] : []),
          ),
          sdk: sdkCall('loadBalancerClient', 'updateBackendSet', {
            loadBalancerId: loadBalancer.id,
            backendSetName: name,
            updateBackendSetDetails: body,
          }),
        };
  const title = was === undefined ? 'Create backend set' : `Edit ${was.name}`;
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={CLOSE}>
      {work !== undefined ? (
        <Finished
          work={work}
          doing={`${name} is being put in place …`}
          done={was === undefined ? `${name} is there` : `${name} is changed`}
          onClose={onClose}
        />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <KeptNote form={form} />
            <TextInput
              label="Name"
              value={name}
              disabled={was !== undefined}
              error={errors['/name']}
              onChange={(event) => change({ name: event.currentTarget.value })}
              required={was === undefined}
              data-autofocus={was === undefined || undefined}
            />
            <Textarea
              label="Backends"
              description={`One a line, ADDRESS:PORT${was === undefined ? '; more can follow later' : ''}`}
              data-autofocus={was !== undefined || undefined}
              placeholder={'10.0.0.3:8080\n10.0.0.4:8080'}
              autosize
              minRows={2}
              value={draft.lines}
              error={(tried ? parsed.error : undefined) ?? errors['/backends']}
              onChange={(event) => change({ lines: event.currentTarget.value })}
            />
            {leaving.length > 0 && (
              <Text size="sm" role="status" style={{ overflowWrap: 'anywhere' }}>
                {leaving.join(', ')} {leaving.length === 1 ? 'goes' : 'go'}: new requests go to the others;
                those under way are finished.
              </Text>
            )}
            <Select
              label="Requests are given out"
              data={POLICIES}
              value={draft.policy}
              allowDeselect={false}
              error={errors['/policy']}
              onChange={(policy) => change({ policy: policy ?? 'ROUND_ROBIN' })}
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Select
                label="Health check"
                data={[
                  { value: 'HTTP', label: 'HTTP' },
                  { value: 'TCP', label: 'TCP' },
                ]}
                value={health}
                allowDeselect={false}
                error={errors['/healthChecker']}
                onChange={(value) => change({ health: value ?? 'HTTP' })}
              />
              {health === 'HTTP' && (
                <TextInput
                  label="Path that is asked"
                  value={draft.path}
                  error={errors['/healthChecker/urlPath']}
                  onChange={(event) => change({ path: event.currentTarget.value })}
                />
              )}
            </SimpleGrid>
            <FormFailure error={edit.error} errors={errors} />
            {theirs?.value !== undefined && was !== undefined && (
              <ConflictNote
                edit={edit}
                differences={differences(draftOf(was), draftOf(theirs.value), draft)}
                onTake={(taken) => {
                  if (taken !== undefined) form.change(draftOf(taken));
                }}
              />
            )}
            <Group justify="space-between">
              <CopyAs recipe={recipe} />
              <Button type="submit" loading={edit.busy} disabled={theirs !== undefined}>
                {was === undefined ? 'Create' : 'Save'}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function presentOf({ backendSets }: LoadBalancer, name: string): BackendSet {
  const found = Object.values(backendSets).find((one) => one.name === name);
  if (found === undefined) throw new Gone(`Somebody else deleted the backend set ${name} meanwhile.`);
  return found;
}

export function BackendWindow({ loadBalancer, set, onClose }: Props & { set: string }) {
  const [text, setText] = useState('');
  const [work, setWork] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const parsed = parseBackends(text);
  const backend = parsed.backends[0];
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, ['/ipAddress', '/port', '/name']);
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
              error={(text === '' ? undefined : parsed.error) ?? Object.values(errors)[0]}
              onChange={(event) => {
                setText(event.currentTarget.value.trim());
                setThrown(undefined);
              }}
              data-autofocus
            />
            <FormFailure error={thrown} errors={errors} />
            <Group justify="flex-end">
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
