import { expect, it } from 'vitest';
import { addressesOf } from './address.js';

const hex = async (url: string) => (await addressesOf(new URL(url))).map((bytes) => bytes.toString('hex'));

it.each([
  ['http://127.0.0.1:8000', '02001f407f0000010000000000000000'],
  ['http://10.1.2.255', '020000500a0102ff0000000000000000'],
  ['http://[::1]:8000', '0a001f4000000000' + '00'.repeat(15) + '01' + '00000000'],
  ['http://[2001:db8::1:2]:1', '0a00000100000000' + '20010db8' + '00'.repeat(8) + '00010002' + '00000000'],
  ['http://[::ffff:1.2.3.4]:1', '0a00000100000000' + '00'.repeat(10) + 'ffff01020304' + '00000000'],
  ['http://[1:2:3:4:5:6:7:8]:1', '0a00000100000000' + '00010002000300040005000600070008' + '00000000'],
])('writes %s as the kernel takes it', async (url, expected) => {
  expect(await hex(url)).toEqual([expected]);
});

it('fails for a name that nobody knows', async () => {
  await expect(addressesOf(new URL('http://nowhere.invalid'))).rejects.toMatchObject({
    syscall: 'getaddrinfo',
  });
});
