// SPDX-License-Identifier: Apache-2.0
// Access: users, groups, policies, and one's own password and sessions.
import { Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { useSearchParams } from 'react-router';

import { Groups } from '../../features/access-panels/groups';
import { ApiKeys } from '../../features/access-panels/api-keys';
import { OwnPassword } from '../../features/access-panels/own-password';
import { Sessions } from '../../features/access-panels/sessions';
import { Users } from '../../features/access-panels/users';
import { usePlaces } from '../../features/access-parts/tenancy';
import { Policies } from '../../features/access-policy/policies';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Heading } from '../../features/certificate-parts/heading';
import { TabList } from '../../features/certificate-parts/tab-list';

const TABS = [
  ['users', 'Users'],
  ['groups', 'Groups'],
  ['policies', 'Policies'],
  ['you', 'You'],
] as const;

export default function AccessPage() {
  const { session, places, error } = usePlaces();
  const [parameters, setParameters] = useSearchParams();
  if (session === undefined) {
    return (
      <>
        <Heading title="Access" />
        {error === null || error === undefined ? (
          <Skeleton height={240} radius="md" />
        ) : (
          <FailureNote error={error} />
        )}
      </>
    );
  }
  return (
    <>
      <Heading title="Access" />
      <Tabs
        value={parameters.get('tab') ?? 'users'}
        onChange={(tab) => setParameters(tab === null ? {} : { tab }, { replace: true })}
        keepMounted={false}
      >
        <TabList tabs={TABS} value={parameters.get('tab') ?? 'users'} />
        <Tabs.Panel value="users">
          <Users tenancyId={session.tenancyId} own={session.userId} />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <Groups tenancyId={session.tenancyId} />
        </Tabs.Panel>
        <Tabs.Panel value="policies">
          <Policies places={places} />
        </Tabs.Panel>
        <Tabs.Panel value="you">
          <Stack gap="xl" maw={720}>
            <div>
              <Title order={2} fz="lg" style={{ overflowWrap: 'anywhere' }}>
                {session.userName}
              </Title>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                in {session.tenancyName}
                {session.groups !== undefined &&
                  (session.groups.length > 0
                    ? ` · ${session.groups.join(', ')}`
                    : ' · in no group: no policy can speak of you')}
              </Text>
            </div>
            <OwnPassword session={session} />
            <ApiKeys userId={session.userId} userName={session.userName} />
            <Sessions />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
