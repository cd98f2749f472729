// SPDX-License-Identifier: Apache-2.0
// The host that requests are signed for when it is not the page's own (vite.config.ts); else ''.
declare const __SIGN_HOST__: string;
