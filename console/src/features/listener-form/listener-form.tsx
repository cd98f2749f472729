// SPDX-License-Identifier: Apache-2.0
// The create-listener window. The click on Create is the person's own signed request: the server keeps
// it as the evidence for the one key that the load balancer may read from then on.
import {
  Button,
  Chip,
  Fieldset,
  Group,
  Input,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';

import {
  createListener,
  getLoadBalancer,
  type Listener,
  type LoadBalancer,
  updateListener,
} from '../../api/load-balancers';
import { usePlaces } from '../access-parts/tenancy';
import { CopyableCode, CopyAs } from '../certificate-parts/copy-as';
import { type Failure, failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { ConflictNote } from '../edit-conflict/conflict-note';
import { Gone, sameJson } from '../edit-conflict/guarded-save';
import { useGuardedSave } from '../edit-conflict/use-guarded-save';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { ServingNow } from '../load-balancer-parts/listener-serving';
import { WorkProgress } from '../load-balancer-parts/work-request';
import { CertificatePicker } from './certificate-picker';
import * as drafts from './draft';
import { useChosen } from './servable';

interface Props {
  loadBalancer: LoadBalancer;
  etag: string | undefined;
  // Of the listener that is edited; without it, one is made.
  listener?: Listener | undefined;
  onClose: () => void;
}

export function ListenerWindow(props: Props) {
  const title = props.listener === undefined ? 'Create listener' : `Edit ${props.listener.name}`;
  return (
    <Modal opened onClose={props.onClose} title={title} size="lg" closeButtonProps={CLOSE}>
      <ListenerForm {...props} />
    </Modal>
  );
}
const CLOSE = { 'aria-label': 'Close' };

function ListenerForm({ loadBalancer, etag, listener, onClose }: Props) {
  const { places } = usePlaces();
  const sets = Object.keys(loadBalancer.backendSets);
  // As it was when the window opened: what is fetched behind it must not change it under the hands.
  const [usual] = useState(() =>
    listener === undefined
      ? drafts.emptyDraft(sets, loadBalancer.compartmentId)
      : drafts.draftOf(listener, loadBalancer.compartmentId),
  );
  // What was entered over an older state is not brought back over a newer one.
  const edited = listener === undefined ? '' : `${listener.name} ${etag ?? ''}`;
  const form = useKeptForm<drafts.Draft>(`listener ${loadBalancer.id} ${edited}`, usual);
  const draft = form.value;
  const [tried, setTried] = useState(false);
  const [work, setWork] = useState<string>();
  const edit = useGuardedSave<Listener | undefined, string>(
    { etag: listener === undefined ? undefined : etag, value: listener },
    {
      read: async () => {
        // What is made overwrites nothing.
        if (listener === undefined) return { etag: undefined, value: undefined };
        const now = await getLoadBalancer(loadBalancer.id);
        return { etag: now.etag, value: presentOf(now.body, listener.name) };
      },
      write: (ifMatch, base) =>
        form.send(
          'listener',
          () => drafts.detailsOf(draft, base),
          ({ name, ...rest }, token) =>
            listener === undefined
              ? createListener(loadBalancer.id, { name, ...rest }, token)
              : updateListener(loadBalancer.id, name, rest, ifMatch, token),
        ),
      same: sameJson,
      wanted: (now) =>
        now !== undefined &&
        sameJson(drafts.detailsOf(draft, now), drafts.detailsOf(drafts.draftOf(now, ''), now)),
    },
    (id) => {
      setWork(id);
      form.forget();
    },
  );
  const { busy, seen, theirs } = edit;
  const thrown = edit.error;
  const certificate = useChosen(draft.certificateId).data;
  const idIn = (value: Listener | undefined) =>
    value === undefined ? '' : drafts.draftOf(value, '').certificateId;
  const before = useChosen(idIn(seen.value)).data;
  const after = useChosen(idIn(theirs?.value)).data;
  const tls = drafts.speaksTls(draft.choice);
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const refused = fieldErrors(failure && atField(failure), drafts.POINTERS);
  const known: Record<string, string | undefined> = tried ? drafts.problems(draft) : {};
  const errors = { ...known, ...refused };
  const change = (part: Partial<drafts.Draft>): void => {
    form.change(part);
    edit.clearError();
  };

  // Closing the window may be a slip, and keeps what was entered; Cancel means it.
  const giveUp = (): void => {
    form.forget();
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(drafts.problems(draft)).length > 0 || theirs !== undefined) return;
    void edit.save();
  };

  if (work !== undefined) {
    const address = loadBalancer.ipAddresses[0]?.ipAddress ?? '127.0.0.1';
    const host = certificate?.names[0] ?? '';
    return (
      <Stack>
        <WorkProgress
          id={work}
          doing={`${draft.name} is being put in place on the nodes …`}
          done={listener === undefined ? 'The listener is made' : 'The listener is changed'}
        >
          <ServingNow loadBalancerId={loadBalancer.id} name={draft.name} />
          <Text size="sm">
            {tls
              ? 'The nodes fetch the certificate and prove it by a handshake. See it yourself:'
              : 'See it yourself:'}
          </Text>
          <CopyableCode
            text={drafts.curlLine(host || address, address, Number(draft.port), tls)}
            label="Copy the curl line"
          />
          {tls && (
            <Text size="xs" c="dimmed">
              root.pem is the root of the certificate: perennial ca bundle ROOT --out root.pem. Renewals
              need nothing more from you.
            </Text>
          )}
        </WorkProgress>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setWork(undefined)}>
            Back to the form
          </Button>
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        </Group>
      </Stack>
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack pt={4}>
        <KeptNote form={form} />
        <Input.Wrapper label="Protocol" error={errors['/protocol']}>
          <SegmentedControl
            fullWidth
            mt={4}
            aria-label="Protocol"
            data={drafts.CHOICES}
            value={draft.choice}
            onChange={(choice) => {
              const next = drafts.withChoice(draft, choice as drafts.Choice);
              change(listener === undefined ? next : { ...next, name: draft.name });
            }}
          />
        </Input.Wrapper>
        <Group grow align="flex-start" preventGrowOverflow={false} wrap="wrap">
          <TextInput
            label="Name"
            miw={180}
            value={draft.name}
            disabled={listener !== undefined}
            error={errors['/name']}
            onChange={(event) => change({ name: event.currentTarget.value })}
            data-autofocus
          />
          <NumberInput
            label="Port"
            miw={120}
            min={1}
            max={65535}
            allowDecimal={false}
            value={draft.port}
            error={errors['/port']}
            onChange={(port) => change({ port: typeof port === 'number' ? port : '' })}
          />
        </Group>
        <Select
          label="Backend set"
          description="Where requests go"
          data={sets}
          value={draft.backendSet === '' ? null : draft.backendSet}
          allowDeselect={false}
          error={errors['/defaultBackendSetName']}
          onChange={(backendSet) => change({ backendSet: backendSet ?? '' })}
        />
        {tls && (
          <Fieldset legend="SSL settings" p={{ base: 'xs', xs: 'md' }}>
            <Stack>
              <CertificatePicker
                places={places}
                compartmentId={draft.compartmentId}
                certificateId={draft.certificateId}
                error={errors['/sslConfiguration/certificateIds']}
                onCompartment={(compartmentId) => change({ compartmentId, certificateId: '' })}
                onCertificate={(certificateId) => change({ certificateId })}
              />
              <Input.Wrapper label="TLS versions" error={errors['/sslConfiguration/protocols']}>
                <Chip.Group
                  multiple
                  value={draft.protocols}
                  onChange={(protocols) => change({ protocols })}
                >
                  <Group gap="xs" mt={4}>
                    <Chip value="TLSv1.2">TLS 1.2</Chip>
                    <Chip value="TLSv1.3">TLS 1.3</Chip>
                  </Group>
                </Chip.Group>
              </Input.Wrapper>
              <Group gap="xs" wrap="nowrap" align="flex-start">
                <IconShieldCheck size={18} aria-hidden style={{ flexShrink: 0 }} />
                <Text size="xs" c="dimmed">
                  No policy to write: this click, signed by your own key, is what lets this load balancer
                  read this one key, and nobody else.
                </Text>
              </Group>
            </Stack>
          </Fieldset>
        )}
        <FormFailure error={thrown} errors={refused} />
        {theirs?.value !== undefined && seen.value !== undefined && (
          <ConflictNote
            edit={edit}
            differences={drafts.differences(
              drafts.draftOf(seen.value, ''),
              drafts.draftOf(theirs.value, ''),
              draft,
              (id) =>
                [certificate, before, after].find((one) => one?.id === id)?.name ??
                `…${id.slice(-8)}`,
            )}
            onTake={(taken) => {
              if (taken !== undefined) form.change(drafts.draftOf(taken, loadBalancer.compartmentId));
            }}
          />
        )}
        <Group justify="space-between">
          <CopyAs
            recipe={drafts.recipeOf(
              draft,
              {
                loadBalancerId: loadBalancer.id,
                loadBalancerName: loadBalancer.displayName,
                certificateName: certificate?.name ?? '',
              },
              listener,
            )}
          />
          <Group gap="xs">
            <Button variant="default" onClick={giveUp}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={theirs !== undefined}>
              {listener === undefined ? 'Create' : 'Save'}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function presentOf({ listeners }: LoadBalancer, name: string): Listener {
  const found = Object.values(listeners).find((one) => one.name === name);
  if (found === undefined) throw new Gone(`Somebody else deleted the listener ${name} meanwhile.`);
  return found;
}

// Of what the body names by id, and of what cannot be attached, the certificate alone is meant.
function atField(failure: Failure): Failure {
  if (failure.pointer !== undefined) return failure;
  const meant =
    failure.code === 'RelatedResourceNotAuthorizedOrNotFound' || /can be attached/.test(failure.text);
  return meant ? { ...failure, pointer: '/sslConfiguration/certificateIds' } : failure;
}
