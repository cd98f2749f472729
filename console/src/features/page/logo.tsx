// SPDX-License-Identifier: Apache-2.0
// Two leaves: it comes back each season by itself.
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden focusable="false">
      <rect width="32" height="32" rx="9" fill="#17694d" />
      <path d="M16 25V14.5" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" />
      <path d="M16 17.5c0-5 3.4-8.6 9-9 .3 5.6-3.4 9-9 9Z" fill="#b9e8cf" />
      <path d="M16 21.5c0-4-2.8-7-7.6-7.3C8.2 18.8 11.2 21.5 16 21.5Z" fill="#fff" />
    </svg>
  );
}
