/**
 * Keeps the shell and the sealed forms, so that a reload while the LAN is lost comes up.
 * Never touches the interface: answers are the outbox's business.
 */

/** The few names of a worker's scope that are used here; the page's types do not hold them. */
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
  readonly request: Request;
}

interface WorkerScope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
  addEventListener(name: string, listener: (event: WorkerEvent) => void): void;
}

const worker = self as unknown as WorkerScope;
const SHELL = "__SHELL_FILES__".split(" ").filter(Boolean);
const SHELL_CACHE = "kaochang-shell-1";
const BLOB_CACHE = "kaochang-sealed-1";
/** A half-dead line must not hold a reload up longer than this. */
const PAGE_WAIT_MS = 2_500;

worker.addEventListener("install", (event) => {
  event.waitUntil(fillShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOldShell().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/") event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(cacheFirst(SHELL_CACHE, request));
  else if (url.pathname.startsWith("/blob/")) event.respondWith(cacheFirst(BLOB_CACHE, request));
});

async function fillShell(): Promise<void> {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(["/", ...SHELL]);
}

/** Assets carry their digest in the name: what is not in this build's list is old. */
async function dropOldShell(): Promise<void> {
  const cache = await caches.open(SHELL_CACHE);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/" && !SHELL.includes(pathname)) await cache.delete(request);
  }
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL_CACHE);
  const fresh = fetch(request).then(async (response) => {
    if (response.ok) await cache.put("/", response.clone());
    return response;
  });
  const late = new Promise<null>((done) => setTimeout(() => done(null), PAGE_WAIT_MS));
  const first = await Promise.race([fresh.catch(() => null), late]);
  if (first && first.status < 500) return first;
  return (await cache.match("/")) ?? fresh;
}

async function cacheFirst(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const held = await cache.match(request);
  if (held) return held;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}
