// SPDX-License-Identifier: Apache-2.0
// The frame around every page: where you are, who you are, and whether the server is there.
import {
  ActionIcon,
  AppShell,
  Avatar,
  Burger,
  Button,
  Center,
  Group,
  Loader,
  Menu,
  ScrollArea,
  Stack,
  Text,
  Title,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconCloudOff,
  IconDeviceDesktop,
  IconKey,
  IconLicense,
  IconLogout,
  IconMoon,
  IconSun,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Component, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, matchPath, NavLink, Route, Routes, useLocation } from 'react-router';

import { type Person, signOut } from '../api/session';
import { chooseZone, useZone, type Zone } from '../features/certificate-parts/zone';
import { Logo } from '../features/page/logo';
import { useReach } from '../features/page/session';
import { useFocusHome } from './focus-home';
import { navigation, pages } from './pages';
import classes from './shell.module.css';

function Colours() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  const next = colorScheme === 'auto' ? (shown === 'dark' ? 'light' : 'dark') : 'auto';
  const word = { auto: 'As the system', light: 'Light', dark: 'Dark' }[next];
  return (
    <Tooltip label={word}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Colours: ${word}`}
        onClick={() => setColorScheme(next)}
      >
        {next === 'auto' && <IconDeviceDesktop size={18} />}
        {next === 'light' && <IconSun size={18} />}
        {next === 'dark' && <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

// Dates by the reader's own clock, or by UTC as the logs have them.
function Clock() {
  const zone = useZone();
  return (
    <>
      <Menu.Label>Dates and times</Menu.Label>
      <Menu.RadioGroup value={zone} onChange={(chosen) => chooseZone(chosen as Zone)}>
        {ZONES.map(({ value, word, hint }) => (
          <Menu.RadioItem
            key={value}
            value={value}
            closeMenuOnClick={false}
            rightSection={
              <Text size="xs" c="dimmed">
                {hint}
              </Text>
            }
          >
            {word}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}

const ZONES: { value: Zone; word: string; hint: string }[] = [
  { value: 'local', word: 'Your own zone', hint: ownOffset() },
  { value: 'utc', word: 'UTC', hint: '' },
];

function ownOffset(): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts();
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

function Who({ person }: { person: Person }) {
  return (
    <Menu position="bottom-end" width={260} shadow="md">
      <Menu.Target>
        <UnstyledButton p={2}>
          <Group gap={10} wrap="nowrap">
            <Avatar aria-hidden size={32} radius="xl" color="evergreen" name={person.userName} />
            <Text size="sm" fw={550} visibleFrom="sm" truncate maw={180}>
              {person.userName}
            </Text>
            <VisuallyHidden>, your account</VisuallyHidden>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {person.userName}
          </Text>
          <Text size="xs" truncate>
            {person.tenancyName}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Clock />
        <Menu.Divider />
        <Menu.Item component={Link} to="/access?tab=you" leftSection={<IconKey size={16} />}>
          Your password and sessions
        </Menu.Item>
        <Menu.Item component="a" href="/console/notices.txt" leftSection={<IconLicense size={16} />}>
          Notices of what it is built with
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

// While the server is gone the page keeps what it has, says how old that is, and asks again by itself.
function Offline() {
  const { reachable, lastAnswer } = useReach();
  const queries = useQueryClient();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (reachable) {
      void queries.invalidateQueries();
      return;
    }
    const clock = setInterval(() => setNow(Date.now()), 1000);
    const ask = setInterval(() => {
      if (!document.hidden) void queries.invalidateQueries();
    }, 5000);
    return () => {
      clearInterval(clock);
      clearInterval(ask);
    };
  }, [reachable, queries]);
  if (reachable) return null;
  const age = lastAnswer && Math.max(0, Math.round((now - lastAnswer.getTime()) / 1000));
  return (
    <div className={classes['offline']} role="status">
      <IconCloudOff size={18} aria-hidden />
      <span>
        The server does not answer.
        {age !== undefined && ` You see what it said ${age} s ago.`} Asking again every few seconds.
      </span>
    </div>
  );
}

// A page that fails, or whose chunk cannot be loaded any more, takes nothing else with it.
class Guard extends Component<{ children: ReactNode; place: string }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }
  override componentDidUpdate(before: { place: string }): void {
    if (this.state.failed && before.place !== this.props.place) this.setState({ failed: false });
  }
  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Stack align="flex-start" py="xl">
        <Title order={2}>This page could not be shown</Title>
        <Text c="dimmed">
          The console may have been updated since it was opened. Loading it again usually helps.
        </Text>
        <Button onClick={() => location.reload()}>Load again</Button>
      </Stack>
    );
  }
}

function NotFound() {
  return (
    <Stack align="flex-start" py="xl">
      <Title order={1}>There is no such page</Title>
      <Text c="dimmed">The address may be from another version, or mistyped.</Text>
      <Button component={Link} to="/">
        To Home
      </Button>
    </Stack>
  );
}

export default function Shell({ person }: { person: Person }) {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useFocusHome(main);
  const title = pages.find((page) => matchPath(page.path, pathname))?.title;

  useEffect(() => {
    document.title = title === undefined ? 'Perennial' : `${title} · Perennial`;
  }, [title]);
  // A new page is read from its start, by eyes and by screen readers alike.
  useEffect(() => {
    close();
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname, close]);

  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 248, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a className={classes['skip']} href="#main" onClick={() => main.current?.focus()}>
        Skip to the page
      </a>
      <AppShell.Header className={classes['header'] ?? ''}>
        <Group h="100%" px={{ base: 'sm', sm: 'lg' }} justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
            />
            <Link to="/" className={classes['brand']} aria-label="Perennial, home">
              <Logo />
              <span className={classes['word']}>Perennial</span>
            </Link>
          </Group>
          <Group gap={6} wrap="nowrap">
            <Colours />
            <Who person={person} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes['navbar'] ?? ''} p="sm" aria-label="Pages">
        <ScrollArea>
          {navigation.map(({ group, pages: entries }) => (
            <div key={group}>
              {group !== 'Overview' && <p className={classes['group']}>{group}</p>}
              {entries.map((page) => {
                const Icon = page.navigation?.icon;
                return (
                  <NavLink
                    key={page.path}
                    to={page.path}
                    end={page.path === '/'}
                    className={classes['link'] ?? ''}
                  >
                    {Icon !== undefined && <Icon size={19} stroke={1.6} />}
                    {page.title}
                  </NavLink>
                );
              })}
            </div>
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main} style={{ outline: 'none' }}>
        <div className={classes['main']}>
          <Offline />
          <Guard place={pathname}>
            <Suspense
              fallback={
                <Center py={120}>
                  <Loader type="dots" aria-label="Loading the page" />
                </Center>
              }
            >
              <Routes>
                {pages.map((page) => (
                  <Route key={page.path} path={page.path} element={<page.component />} />
                ))}
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </Guard>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
