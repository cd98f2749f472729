// SPDX-License-Identifier: Apache-2.0
// Authorities: who signs whom, by which rules, and how long it lasts.
import { Anchor, Badge, Box, Button, Card, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconBuildingFortress, IconCornerDownRight, IconPlus } from '@tabler/icons-react';
import { Link, useNavigate, useSearchParams } from 'react-router';

import { CreateAuthorities } from '../../features/authority-create/create-window';
import { RoomBar } from '../../features/authority-tree/room-bar';
import { type Branch, expiryOf, rulesInWords, treeOf } from '../../features/authority-tree/tree';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Given } from '../../features/certificate-parts/given';
import { Heading } from '../../features/certificate-parts/heading';
import { readable } from '../../features/certificate-parts/readable';
import { useOwnSession } from '../../features/access-parts/tenancy';
import { useAuthorities } from '../../features/certificate-parts/authorities';
import { Teach } from '../../features/certificate-parts/teach';
import { When } from '../../features/certificate-parts/when';
import { inWords } from '../../features/certificate-parts/words';

function AuthorityCard({ branch: { authority, depth } }: { branch: Branch }) {
  const rules = rulesInWords(authority.certificateAuthorityRules);
  const root = authority.configType === 'ROOT_CA_GENERATED_INTERNALLY';
  return (
    <Group
      component="li"
      gap="xs"
      wrap="nowrap"
      align="stretch"
      pl={{ base: depth * 10, sm: depth * 28 }}
    >
      {depth > 0 && (
        <Box pt={20} c="dimmed" visibleFrom="xs" aria-hidden>
          <IconCornerDownRight size={18} />
        </Box>
      )}
      <Card withBorder radius="md" padding="md" flex={1} style={{ minWidth: 0 }}>
        <Grid gap="md" align="flex-start">
          <Grid.Col span={{ base: 12, sm: 5 }}>
            <Group gap="xs">
              <Anchor
                component={Link}
                to={`/authorities/${encodeURIComponent(authority.id)}`}
                fw={600}
                style={{ overflowWrap: 'anywhere' }}
              >
                {authority.name}
              </Anchor>
              <Badge variant="light" tt="none" color={root ? 'indigo' : 'cyan'} c={readable(root ? 'indigo' : 'cyan')}>
                {root ? 'Root' : 'Issuing'}
              </Badge>
              {authority.lifecycleState !== 'ACTIVE' && (
                <Badge variant="light" tt="none" color="red">
                  {inWords(authority.lifecycleState)}
                </Badge>
              )}
            </Group>
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              <Given text={authority.subject?.commonName} /> · {inWords(authority.signingAlgorithm)}
            </Text>
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 3 }}>
            <Text size="xs" c="dimmed" fw={500}>
              Expires
            </Text>
            <When time={expiryOf(authority)} size="sm" withDay />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 4 }}>
            <RoomBar authority={authority} />
          </Grid.Col>
          {rules.length > 0 && (
            <Grid.Col span={12} pt={0}>
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {rules.join(' ')}
              </Text>
            </Grid.Col>
          )}
        </Grid>
      </Card>
    </Group>
  );
}

export default function AuthoritiesPage() {
  const authorities = useAuthorities();
  const session = useOwnSession();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const creating = search.get('create') !== null;
  const create = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setSearch({ create: '1' }, { replace: true })}
    >
      Create root + issuing authority
    </Button>
  );
  return (
    <>
      <Heading
        title="Authorities"
        actions={(authorities.data?.length ?? 0) > 0 ? create : undefined}
      />
      <FailureNote error={authorities.error} retry={() => void authorities.refetch()} />
      {authorities.isPending && <Skeleton height={160} radius="md" />}
      {authorities.data?.length === 0 && (
        <Teach
          icon={<IconBuildingFortress size={28} />}
          title="No authority yet"
          action={create}
          cli={
            'perennial ca create root --name root --common-name "Example Root"\n' +
            'perennial ca create issuing --name issuing --issuer root'
          }
        >
          A root that people trust, and below it an authority that issues certificates: two, so that
          the one in daily use can be replaced without touching anybody's trust.
        </Teach>
      )}
      {(authorities.data?.length ?? 0) > 0 && (
        <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
          {treeOf(authorities.data ?? []).map((branch) => (
            <AuthorityCard key={branch.authority.id} branch={branch} />
          ))}
        </Stack>
      )}
      {creating && (
        <CreateAuthorities
          compartmentId={session.data?.tenancyId ?? ''}
          onClose={() => setSearch({}, { replace: true })}
          onDone={(id) => void navigate(`/authorities/${encodeURIComponent(id)}`)}
        />
      )}
    </>
  );
}
