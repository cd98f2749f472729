// SPDX-License-Identifier: Apache-2.0
// Every version, the newest first; another can be made current by its number.
import {
  Badge,
  Button,
  Group,
  Modal,
  Skeleton,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  type Certificate,
  type CertificateVersion,
  listVersions,
  type Stage,
  updateCertificate,
} from '../../api/certificates';
import { CopyAs } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { readable } from '../certificate-parts/readable';
import { TableCard } from '../certificate-parts/table-card';
import { When } from '../certificate-parts/when';
import { inWords, sdkCall, shellLine } from '../certificate-parts/words';

const COLORS: Partial<Record<Stage, string>> = {
  CURRENT: 'teal',
  PENDING: 'blue',
  LATEST: 'indigo',
  FAILED: 'red',
};

interface AskProps {
  certificate: Certificate;
  etag: string | null;
  version: CertificateVersion;
  onClose: () => void;
}

function Ask({ certificate, etag, version, onClose }: AskProps) {
  const queries = useQueryClient();
  const number = version.versionNumber;
  const current = certificate.currentVersion?.versionNumber ?? 0;
  const body = { currentVersionNumber: number };
  const promote = useMutation({
    mutationFn: () => updateCertificate(certificate.id, body, etag ?? undefined),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  const back = number < current;
  return (
    <Modal
      opened
      onClose={onClose}
      title={back ? `Go back to version ${number}?` : `Make version ${number} current?`}
    >
      <Stack gap="md">
        <Text size="sm">
          Version {number} becomes current at once, in place of version {current}; every node fetches
          it and proves it afterwards. Version {current} stays here.
        </Text>
        {version.validity !== undefined && (
          <Text size="sm">
            It is valid until <When time={version.validity.timeOfValidityNotAfter} withDay inherit />.
          </Text>
        )}
        <FailureNote error={promote.error} />
        <Group justify="flex-end">
          <CopyAs
            recipe={{
              cli: shellLine('perennial', 'certificate', 'promote', certificate.name, `${number}`),
              sdk: sdkCall('certificatesManagementClient', 'updateCertificate', {
                certificateId: certificate.id,
                updateCertificateDetails: body,
              }),
            }}
          />
          <Button loading={promote.isPending} onClick={() => promote.mutate()}>
            {back ? `Go back to version ${number}` : `Make version ${number} current`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function VersionsPanel({ certificate, etag }: { certificate: Certificate; etag: string | null }) {
  const [asked, setAsked] = useState<CertificateVersion>();
  const versions = useQuery({
    queryKey: ['certificate', certificate.id, 'versions'],
    queryFn: ({ signal }) => listVersions(certificate.id, signal),
  });
  if (versions.isPending) return <Skeleton height={180} radius="md" />;
  if (versions.isLoadingError) {
    return <FailureNote error={versions.error} retry={() => void versions.refetch()} />;
  }
  const now = Date.now();
  return (
    <>
      <TableCard label="Versions" head={['Version', 'Stages', 'Expires', 'Issued', 'Serial number', '']}>
        {versions.data.map((version) => {
          const end = version.validity?.timeOfValidityNotAfter;
          const over = end !== undefined && new Date(end).getTime() < now;
          const usable =
            !over &&
            version.revocationStatus === undefined &&
            !version.stages.includes('CURRENT') &&
            !version.stages.includes('FAILED') &&
            certificate.lifecycleState === 'ACTIVE';
          return (
            <Table.Tr key={version.versionNumber}>
              <Table.Td fw={600} data-label="Version">
                {version.versionNumber}
                {version.versionName !== undefined && (
                  <Text size="xs" c="dimmed">
                    {version.versionName}
                  </Text>
                )}
              </Table.Td>
              <Table.Td data-label="Stages">
                <Group gap={4}>
                  {version.stages.map((stage) => (
                    <Badge
                      key={stage}
                      size="sm"
                      variant="light"
                      tt="none"
                      color={COLORS[stage] ?? 'gray'}
                      c={readable(COLORS[stage] ?? 'gray')}
                      leftSection={stage === 'CURRENT' && <IconCircleCheck size={12} aria-hidden />}
                    >
                      {inWords(stage)}
                    </Badge>
                  ))}
                  {version.revocationStatus !== undefined && (
                    <Badge size="sm" color="red" tt="none">
                      Revoked
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td data-label="Expires">
                <When withDay time={end} size="sm" {...(over ? { c: readable('red') } : {})} />
              </Table.Td>
              <Table.Td data-label="Issued">
                <When time={version.timeCreated} size="sm" />
              </Table.Td>
              <Table.Td data-label="Serial number">
                <Text span size="xs" ff="monospace">
                  {version.serialNumber}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                {usable && (
                  <Button size="xs" variant="default" onClick={() => setAsked(version)}>
                    Make current
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </TableCard>
      {asked !== undefined && (
        <Ask
          certificate={certificate}
          etag={etag}
          version={asked}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
