// SPDX-License-Identifier: Apache-2.0
// Certificates: what expires, and what happens next, of each.
import {
  Button,
  CloseButton,
  Group,
  Loader,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import {
  IconCertificate,
  IconDownload,
  IconPlus,
  IconSearch,
  IconZoomQuestion,
} from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import type { InventoryFilter, InventorySort } from '../../api/certificates';
import { inventoryCsv, save } from '../../features/certificate-list/export';
import {
  everything,
  parametersOf,
  useInventory,
  type View,
  viewOf,
} from '../../features/certificate-list/inventory';
import { InventoryRows } from '../../features/certificate-list/inventory-rows';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Heading } from '../../features/certificate-parts/heading';
import { Teach } from '../../features/certificate-parts/teach';
import { counted } from '../../features/certificate-renewal/duration';

const FILTERS: { value: InventoryFilter | undefined; text: string; empty: string }[] = [
  { value: undefined, text: 'All', empty: '' },
  { value: 'needsYou', text: 'Needs you', empty: 'Nothing needs you.' },
  { value: 'expiring', text: 'Expiring', empty: 'Nothing is about to expire.' },
  { value: 'unproved', text: 'Unproved', empty: 'Everything that is served has been proved.' },
  { value: 'unused', text: 'Unused', empty: 'Every certificate is in use.' },
];
const SORTS: { value: InventorySort; label: string }[] = [
  { value: 'risk', label: 'Risk first' },
  { value: 'expiry', label: 'Expires first' },
  { value: 'next', label: 'Happens next' },
  { value: 'name', label: 'Name' },
];

function Export({ view, count }: { view: View; count: number }) {
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<void> => {
    setError(undefined);
    setBusy('…');
    try {
      const items = await everything(view, (n, total) => setBusy(`${n.toLocaleString('en')} of ${total.toLocaleString('en')}`));
      save(inventoryCsv(items), `certificates-${new Date().toISOString().slice(0, 10)}.csv`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <>
      <Button
        variant="default"
        size="sm"
        disabled={count === 0 || busy !== undefined}
        leftSection={
          busy === undefined ? <IconDownload size={16} aria-hidden /> : <Loader size={14} />
        }
        onClick={() => void run()}
      >
        {busy ?? 'Export CSV'}
      </Button>
      {error !== undefined && <FailureNote error={error} retry={() => void run()} />}
    </>
  );
}

function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const later = useDebouncedCallback(onChange, 200);
  const set = (next: string): void => {
    setText(next);
    later(next.trim());
  };
  return (
    <TextInput
      type="search"
      aria-label="Search by name, domain, serial number or fingerprint"
      placeholder="Name, domain, serial, fingerprint"
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : <CloseButton aria-label="Clear the search" onClick={() => set('')} />
      }
      value={text}
      onChange={(event) => set(event.currentTarget.value)}
      flex={1}
      miw={200}
    />
  );
}

export default function CertificatesPage() {
  const [parameters, setParameters] = useSearchParams();
  const view = useMemo(() => viewOf(parameters), [parameters]);
  const change = (part: Partial<View>): void => {
    setParameters(parametersOf({ ...view, ...part }), { replace: true });
  };
  const inventory = useInventory(view);
  const { fetchNextPage, isFetchingNextPage } = inventory;
  const pages = inventory.data?.pages;
  const items = useMemo(() => pages?.flatMap((page) => page.body.items) ?? [], [pages]);
  const total = pages?.[0]?.body.total ?? items.length;
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const plain = view.filter === undefined && view.search === '';
  const none = inventory.isSuccess && items.length === 0 && plain;

  return (
    <>
      <Heading
        title="Certificates"
        actions={
          none ? undefined : (
            <Button
              component={Link}
              to="/certificates/new"
              leftSection={<IconPlus size={16} aria-hidden />}
            >
              Create certificate
            </Button>
          )
        }
      />
      <Stack gap="sm">
        {!none && (
          <>
            <Group gap={3} role="group" aria-label="Saved filters">
              {FILTERS.map(({ value, text }) => (
                <Button
                  key={text}
                  size="xs"
                  px={{ base: 5, xs: 'sm' }}
                  radius="xl"
                  variant={view.filter === value ? 'filled' : 'default'}
                  aria-pressed={view.filter === value}
                  onClick={() => change({ filter: value })}
                >
                  {text}
                </Button>
              ))}
            </Group>
            <Group gap="xs">
              <Search value={view.search} onChange={(search) => change({ search })} />
              <Select
                aria-label="Sort by"
                data={SORTS}
                value={view.sort}
                allowDeselect={false}
                onChange={(sort) => change({ sort: sort as InventorySort })}
                w={150}
              />
              <Export view={view} count={items.length} />
            </Group>
          </>
        )}
        <FailureNote error={inventory.error} retry={() => void inventory.refetch()} />
        {inventory.isPending &&
          [0, 1, 2, 3, 4, 5].map((row) => <Skeleton key={row} height={56} radius="md" />)}
        {inventory.isSuccess && items.length > 0 && (
          <>
            <Text size="xs" c="dimmed" role="status">
              {counted(total, 'certificate')}
              {inventory.isPlaceholderData && ' · looking …'}
            </Text>
            <InventoryRows items={items} total={total} hasMore={inventory.hasNextPage} more={more} />
          </>
        )}
        {inventory.isSuccess && items.length === 0 && !plain && (
          <Teach
            icon={<IconZoomQuestion size={28} />}
            title={
              view.search === ''
                ? (FILTERS.find(({ value }) => value === view.filter)?.empty ?? 'Nothing here.')
                : 'Nothing matches.'
            }
            action={
              <Button variant="light" onClick={() => change({ filter: undefined, search: '' })}>
                Show all certificates
              </Button>
            }
          >
            {view.search === ''
              ? 'This filter looks across every compartment that you may read.'
              : 'Names, domains, serial numbers and fingerprints were searched.'}
          </Teach>
        )}
        {none && (
          <Teach
            icon={<IconCertificate size={28} />}
            title="No certificate yet"
            action={
              <Button component={Link} to="/certificates/new">
                Create the first certificate
              </Button>
            }
            cli="perennial certificate create --name shop --dns shop.example.com"
          >
            A certificate made here renews itself, and each renewal is proved on every node that
            serves it before it counts. It needs an authority that issues it; the form can make one.
          </Teach>
        )}
      </Stack>
    </>
  );
}
