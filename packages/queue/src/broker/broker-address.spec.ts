import { brokerAddress } from './broker-address.js';

it('takes secrets from the environment, and shows none', () => {
  const env = { POLYTAG_QUEUE_PASSWORD: 'secret', POLYTAG_QUEUE_USERNAME: 'me' };
  const { shown, options } = brokerAddress('redis://broker:7000/2', env);
  expect(shown).toBe('broker:7000/2');
  expect(options).toMatchObject({ host: 'broker', port: 7000, db: 2, username: 'me', password: 'secret' });
  expect(options.tls).toBeUndefined();
  const inUrl = brokerAddress(true, { POLYTAG_QUEUE_URL: 'rediss://me:p%40ss@broker' });
  expect(inUrl.shown).toBe('broker:6379');
  expect(inUrl.options).toMatchObject({ password: 'p@ss', tls: { servername: 'broker' } });
  for (const host of ['10.0.0.1', '[fe80::1]'])
    expect(brokerAddress(`rediss://${host}`, {}).options.tls).not.toHaveProperty('servername');
});

it('takes an empty variable for one that is not set', () => {
  const names = ['USERNAME', 'PASSWORD', 'URL', 'CA', 'CERT', 'KEY'];
  const env = Object.fromEntries(names.map((name) => [`POLYTAG_QUEUE_${name}`, '']));
  const { options } = brokerAddress('rediss://me:secret@broker', env);
  expect(options).toMatchObject({ username: 'me', password: 'secret', tls: { ca: undefined } });
});

it.each([
  'http://me:secret@broker',
  'me:secret@broker',
  'redis://broker/x',
  'redis://broker/-1',
  'redis://broker/1e3',
  'redis://me:100%secret@broker',
])('refuses %s without repeating it', (url) => {
  expect(() => brokerAddress(url, {})).toThrow(
    expect.objectContaining({ code: 'queue/url', message: expect.not.stringContaining('secret') }),
  );
});

it('says what to give where nothing is given', () => {
  expect(() => brokerAddress(true, {})).toThrow(
    expect.objectContaining({ code: 'queue/url', hint: expect.stringContaining('POLYTAG_QUEUE_URL') }),
  );
});
