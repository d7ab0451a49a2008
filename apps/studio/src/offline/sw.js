// Keeps the page for use without a network. The build fills in the two lines below.
const FILES = /* FILES */ [];
const VERSION = /* VERSION */ '';
// Caches belong to the whole origin: another studio in another folder of it has its own.
const OWN = `polytag-studio ${new URL('./', location.href).pathname} `;
const CACHE = OWN + VERSION;

// A new version waits until no tab shows the old one, whose files it would take away.
self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((name) => new self.Request(name, { cache: 'reload' })))),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names.filter((name) => name.startsWith(OWN) && name !== CACHE).map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

// The network first, so that a new version shows at once; what is kept where there is none, and where the host has
// replaced the files of a page that is open.
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(new URL('./', location.href).href)) return;
  event.respondWith(
    fetch(request).then(
      async (response) => (response.status === 404 && (await kept(request))) || response,
      async () => (await kept(request)) ?? Response.error(),
    ),
  );
});

/** What was kept of this version, or of another one where that has it. */
async function kept(request) {
  const own = await (await caches.open(CACHE)).match(request, { ignoreSearch: true });
  if (own) return own;
  for (const name of (await caches.keys()).filter((one) => one.startsWith(OWN))) {
    const found = await (await caches.open(name)).match(request, { ignoreSearch: true });
    if (found) return found;
  }
  return undefined;
}
