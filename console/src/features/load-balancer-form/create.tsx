// SPDX-License-Identifier: Apache-2.0
// A new load balancer: a name, the nodes it lives on, and where requests go.
import { Alert, Anchor, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';

import { createLoadBalancer } from '../../api/load-balancers';
import { listNodePools } from '../../api/nodes';
import type { Place } from '../access-parts/tenancy';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FailureNote, FormFailure } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { WorkProgress } from '../load-balancer-parts/work-request';

const POINTERS = ['/displayName', '/compartmentId', '/subnetIds'];
const CLOSE = { 'aria-label': 'Close' };

interface Props {
  places: Place[];
  compartmentId: string;
  onClose: () => void;
}

export function CreateLoadBalancer({ places, compartmentId, onClose }: Props) {
  const pools = useQuery({
    queryKey: ['node-pools'],
    queryFn: ({ signal }) => listNodePools(signal),
  });
  const form = useKeptForm('load-balancer', { name: '', place: compartmentId, chosen: '' });
  const { name, place, chosen } = form.value;
  const [work, setWork] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const pool = pools.data?.find(({ id }) => id === (chosen || pools.data[0]?.id));
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, POINTERS);
  const body = {
    compartmentId: place,
    displayName: name,
    shapeName: '100Mbps',
    subnetIds: pool === undefined ? [] : [pool.id],
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setThrown(undefined);
    try {
      setWork(await form.send('create', () => body, createLoadBalancer));
      form.forget();
    } catch (error) {
      setThrown(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Create load balancer" closeButtonProps={CLOSE}>
      {work !== undefined ? (
        <Stack>
          <WorkProgress
            id={work}
            doing={
              <>
                <Given text={name} /> is being placed on the nodes of {pool?.displayName ?? 'the pool'} …
              </>
            }
            done={
              <>
                <Given text={name} /> is there
              </>
            }
          >
            <Text size="sm">Open it to say where requests go, then give it a listener.</Text>
          </WorkProgress>
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <KeptNote form={form} />
            <TextInput
              label="Name"
              placeholder="shop-front"
              value={name}
              error={errors['/displayName']}
              onChange={(event) => form.change({ name: event.currentTarget.value })}
              required
              data-autofocus
            />
            <Select
              label="Compartment"
              data={places.map(({ id, name: label }) => ({ value: id, label }))}
              value={place}
              allowDeselect={false}
              error={errors['/compartmentId']}
              onChange={(id) => id !== null && form.change({ place: id })}
            />
            {pools.data?.length === 0 ? (
              <Alert color="blue" title="There is no node pool yet">
                <Text size="sm">
                  A pool says on which addresses load balancers answer.{' '}
                  <Anchor component={Link} to="/nodes" inherit>
                    Make one on the page of nodes.
                  </Anchor>
                </Text>
              </Alert>
            ) : (
              <Select
                label="Node pool"
                description={pool === undefined ? undefined : `Answers on ${pool.addresses.join(', ')}`}
                data={(pools.data ?? []).map(({ id, displayName }) => ({
                  value: id,
                  label: displayName,
                }))}
                value={pool?.id ?? null}
                allowDeselect={false}
                error={errors['/subnetIds']}
                onChange={(id) => id !== null && form.change({ chosen: id })}
              />
            )}
            <FailureNote error={pools.error} retry={() => void pools.refetch()} />
            <FormFailure error={thrown} errors={errors} />
            <Group justify="flex-end">
              <CopyAs
                recipe={{
                  cli: shellLine(
                    ...['perennial', 'load-balancer', 'create', '--name', name || 'NAME'],
                    ...['--pool', pool?.displayName ?? 'POOL'],
                  ),
                  sdk: sdkCall('loadBalancerClient', 'createLoadBalancer', {
                    createLoadBalancerDetails: body,
                  }),
                }}
              />
              <Button type="submit" loading={busy} disabled={pool === undefined}>
                Create
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
