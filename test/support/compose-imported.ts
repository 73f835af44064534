import { parse as parseYaml } from 'yaml'
import { DAY, parseSpan, parseTime } from '../../src/dates.ts'
import type { Imported } from '../../src/desired/import/import.ts'
import { compose } from '../../src/list/compose.ts'
import { isObject, textOf } from '../../src/json.ts'
import { parse } from '../../src/list/parse.ts'
import type {
  DesiredImage,
  DesiredList,
  Json,
  JsonObject,
  ListedImage,
  PlannedList,
  Profile,
} from '../../src/model.ts'

/**
 * The list as it would be signed from imported files, with the dates, the versions and the endorser that
 * `content`, the imported JSON text, has.
 */
export function composeImported(content: string, { files }: Imported): JsonObject {
  const original = parse(content).keys
  const [list, ...images] = files.map(({ path, text: yaml }) => ({
    name: path.replace(/^.*\/(.*)\.yaml$/, '$1'),
    // What a YAML file's values are is what this test is about.
    yaml: parseYaml(yaml) as JsonObject & { images: string[]; lifetime: string; profiles?: Profile[] },
  }))
  if (!list) throw new Error('nothing was imported')
  const { images: names, lifetime, profiles, ...keys } = list.yaml
  const desiredList: DesiredList = {
    name: list.name,
    identifier: textOf(keys, 'dc:identifier') ?? '',
    uri: textOf(keys, 'hv:uri') ?? '',
    keys,
    images: names,
    lifetime: parseSpan(textOf({ lifetime }, 'lifetime') ?? '') ?? 28 * DAY,
    renew: 0,
    profiles: profiles ?? ['hepix'],
    countersigners: [],
    revoked: new Map(),
  }
  const desiredImages = new Map(
    images.map(({ name, yaml }): [string, DesiredImage] => [
      name,
      {
        name,
        identifier: textOf(yaml, 'dc:identifier') ?? '',
        uri: textOf(yaml, 'hv:uri') ?? '',
        keys: yaml,
        file: null,
      },
    ]),
  )
  const created = parseTime(textOf(original, 'dc:date:created'))
  if (!created) throw new Error('the list has no dc:date:created')
  return compose(desiredList, desiredImages, planOf(desiredList, desiredImages, original), created)
}

function planOf(
  list: DesiredList,
  images: ReadonlyMap<string, DesiredImage>,
  original: JsonObject,
): PlannedList {
  const { 'hv:x509': x509 } = object(original['hv:endorser'])
  return {
    name: list.name,
    identifier: list.identifier,
    title: '',
    uri: list.uri,
    action: 'add',
    version: { from: null, to: textOf(list.keys, 'hv:version') ?? '' },
    rolledBack: null,
    countersigners: [],
    expires: { from: null, to: textOf(original, 'dc:date:expires') ?? '' },
    signer: {
      from: null,
      to: { dn: textOf(object(x509), 'hv:dn') ?? '', ca: textOf(object(x509), 'hv:ca') ?? '' },
    },
    keys: [],
    images: list.images.map((name) => listed(name, images.get(name)?.keys ?? {})),
    guards: [],
    warnings: [],
    tag: null,
  }
}

const listed = (name: string, keys: JsonObject): ListedImage => ({
  action: 'add',
  name,
  identifier: textOf(keys, 'dc:identifier') ?? '',
  title: '',
  version: { from: null, to: textOf(keys, 'hv:version') ?? '' },
  keys: [],
  // Known, but what is composed of an image hosted elsewhere are its own keys.
  bytes: { from: null, to: { sha512: '', size: 0 } },
  source: null,
  uri: { from: null, to: '' },
  upload: null,
})

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
