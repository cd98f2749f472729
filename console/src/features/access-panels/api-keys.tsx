// SPDX-License-Identifier: Apache-2.0
// API keys of a user. Only the public half is ever here: the private one is made where it is used.
import { ActionIcon, Button, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core';
import { IconKey, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { type ApiKey, deleteApiKey, listApiKeys, uploadApiKey } from '../../api/access';
import { CopyableCode, CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FailureNote, FormFailure } from '../certificate-parts/failure-note';
import { When } from '../certificate-parts/when';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { Confirm } from '../load-balancer-parts/confirm';
import { pemProblem } from './pem';

const MAKE =
  'openssl genrsa -out key.pem 2048 && chmod 600 key.pem\n' +
  'openssl pkey -in key.pem -pubout -out public.pem && cat public.pem';

export function ApiKeys({ userId, userName }: { userId: string; userName: string }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [pem, setPem] = useState('');
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const [going, setGoing] = useState<ApiKey>();
  const keys = useQuery({
    queryKey: ['access', 'api-keys', userId],
    queryFn: ({ signal }) => listApiKeys(userId, signal),
    retry: false,
  });
  const problem = pem.trim() === '' ? undefined : pemProblem(pem);
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, ['/key']);
  const refresh = (): void =>
    void client.invalidateQueries({ queryKey: ['access', 'api-keys', userId] });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setThrown(undefined);
    try {
      await uploadApiKey(userId, pem.trim());
      setPem('');
      setOpen(false);
      refresh();
    } catch (error) {
      setThrown(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          API keys
        </Text>
        <Button size="xs" variant="light" onClick={() => setOpen(!open)} aria-expanded={open}>
          Add a key
        </Button>
      </Group>
      <FailureNote error={keys.error} />
      {keys.isPending && <Skeleton height={24} radius="md" />}
      {keys.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          None. The command line and SDKs sign with one.
        </Text>
      )}
      {keys.data?.map((key) => (
        <Group key={key.fingerprint} justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
            <IconKey size={16} aria-hidden style={{ flexShrink: 0 }} />
            <div style={{ minWidth: 0 }}>
              <Text size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                {key.fingerprint}
              </Text>
              <Text size="xs" c="dimmed">
                added <When time={key.timeCreated} inherit />
              </Text>
            </div>
          </Group>
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={`Delete key ${key.fingerprint}`}
            onClick={() => setGoing(key)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      {open && (
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="xs">
            <Text size="xs" c="dimmed">
              Make the pair where it will be used; only the public half comes here.
            </Text>
            <CopyableCode text={MAKE} label="Copy the commands" />
            <Textarea
              label="Public key, PEM"
              placeholder="-----BEGIN PUBLIC KEY-----"
              autosize
              minRows={4}
              maxRows={10}
              value={pem}
              error={problem ?? errors['/key']}
              onChange={(event) => {
                setPem(event.currentTarget.value);
                setThrown(undefined);
              }}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
              spellCheck={false}
            />
            <FormFailure error={thrown} errors={errors} />
            <Group justify="flex-end">
              <CopyAs
                recipe={{
                  cli: shellLine(
                    ...['perennial', 'api-key', 'upload', '--user', userName],
                    ...['--key-file', 'public.pem'],
                  ),
                  sdk: sdkCall('identityClient', 'uploadApiKey', {
                    userId,
                    createApiKeyDetails: { key: pem.trim() },
                  }),
                }}
              />
              <Button
                type="submit"
                size="xs"
                loading={busy}
                disabled={pem.trim() === '' || problem !== undefined}
              >
                Add
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {going !== undefined && (
        <Confirm
          title="Delete API key"
          action="Delete key"
          run={() => deleteApiKey(userId, going.fingerprint)}
          onDone={refresh}
          onClose={() => setGoing(undefined)}
          recipe={{
            cli: shellLine(
              ...['perennial', 'api-key', 'delete', going.fingerprint, '--user', userName],
            ),
            sdk: sdkCall('identityClient', 'deleteApiKey', {
              userId,
              fingerprint: going.fingerprint,
            }),
          }}
        >
          Whatever signs with {going.fingerprint} is refused from now on.
        </Confirm>
      )}
    </Stack>
  );
}
