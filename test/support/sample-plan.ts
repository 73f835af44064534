import type { Plan } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import {
  absent,
  broken,
  desired,
  file,
  hostedImage,
  image,
  inDays,
  intact,
  list,
  published,
  publishedImage,
  SIGNER,
  sum,
  world,
} from './builders.ts'
import { targetTo } from './targets.ts'

/** A plan in which everything happens that a report must show. */
export function samplePlan(): Plan {
  const debian = image('debian-12', { keys: { 'dc:title': 'Debian 12', 'sl:osversion': '12.5' } })
  const ubuntu = image('ubuntu-24.04', { keys: { 'dc:title': 'Ubuntu 24.04', 'hv:format': 'qcow2.gz' } })
  const alma = image('alma-9', { keys: { 'dc:title': 'AlmaLinux 9' } })
  const centos = image('centos-7', { keys: { 'dc:title': 'CentOS 7' } })
  const old = image('debian-11', { keys: { 'dc:title': 'Debian 11' } })
  const rocky = hostedImage('rocky-9', 'rocky', { 'dc:title': 'Rocky Linux 9' })

  const second = { dn: '/DC=org/DC=example/CN=Second Endorser', ca: SIGNER.ca }
  const advisory = 'https://advisories.example.org/2026-0001'
  const example = list('example', {
    images: ['debian-12', 'ubuntu-24.04', 'alma-9', 'rocky-9'],
    keys: { 'dc:title': 'README example' },
    countersigners: [second],
    revoked: new Map([[centos.identifier, { reason: 'CVE-2026-0001 in the kernel', advisory }]]),
  })
  const first = list('first', { images: ['rocky-9'], keys: { 'dc:title': 'A first list' } })
  const ending = list('ending')
  const settled = list('settled', { images: ['alma-9'] })
  const lost = list('lost')
  const damaged = list('damaged', {
    keys: { 'hv:version': '3.0', 'dc:title': '::error::\u202e\u001b[31m @everyone `<b>`' },
  })

  const before = { ...debian, keys: { ...debian.keys, 'sl:osversion': '12' } }
  const signer = { dn: '/DC=org/DC=example/CN=Owen Synge (old)', ca: '/DC=org/DC=example/CN=Old CA' }
  const there = [
    publishedImage(before, 'debian'),
    publishedImage(alma, 'alma'),
    publishedImage(centos, 'centos', { 'hv:version': '7.9.2009' }),
    publishedImage(old, 'old'),
  ]
  const given = desired([example, first, ending, settled, lost, damaged], [debian, ubuntu, alma, rocky], {
    dirty: ['images/debian-12.yaml'],
  })
  const trust = { ...given.config.trust, endorsers: [SIGNER] }
  return diff(
    { ...given, config: { ...given.config, trust } },
    world(
      {
        example: intact(published(example, there, { 'dc:title': 'Example' }), { signer, ours: false }),
        first: absent,
        ending: intact(published(ending, [], { 'dc:date:expires': inDays(3) })),
        settled: intact(published(settled, [publishedImage(alma, 'alma')])),
        lost: {
          state: 'failed',
          code: 'web-failed',
          message: 'No answer.\nFrom ::anybody::.',
          remedy: 'Wait.',
        },
        damaged: broken(),
      },
      {
        'debian-12': file('debian, built again', 2_000_000_000),
        'ubuntu-24.04': { source: sum('ubuntu'), size: 1_234_567_890, served: null },
        'alma-9': file('alma'),
      },
      {
        since: {
          commit: '93b59d1539e49a97c61767e76a44476d8af8687b',
          targets: [
            targetTo('file:./www/', { public: false }),
            targetTo('sftp://publisher@old.example.org/srv/www/', {
              match: 'https://old.example.org/',
              settings: { knownHosts: 'known_hosts', verify: 'full' },
              hostKeys: ['ssh-ed25519 SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'],
            }),
          ],
          trust: true,
        },
      },
    ),
  )
}
