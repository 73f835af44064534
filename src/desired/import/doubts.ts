import { textOf } from '../../json.ts'
import type { JsonObject, PublishedList } from '../../model.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What was kept as it stood, and will need a decision before the list can be published again; a sentence each. */
export function doubts({ keys, images }: PublishedList): readonly string[] {
  const identifiers = images.map((image) => textOf(image, 'dc:identifier') ?? '')
  const first = new Map(Array.from(identifiers, (id, index) => [id, index] as const).reverse())
  const repeated = new Set(identifiers.filter((id, index) => id !== '' && first.get(id) !== index))
  return [
    ...identifierDoubt('The list', keys),
    ...(images.length === 0 ? ['The list has no image: publishing it decommissions it.'] : []),
    ...images.flatMap((image, index) =>
      imageDoubts(`Image ${index + 1} (${textOf(image, 'dc:title') ?? ''})`, image),
    ),
    ...[...repeated].map((id) => `Several images have the dc:identifier ${id}: each needs its own.`),
  ]
}

function imageDoubts(name: string, image: JsonObject): readonly string[] {
  return [
    ...identifierDoubt(name, image),
    ...(typeof image['hv:size'] === 'string'
      ? [`${name} has a text as hv:size, and keeps it; subscribers expect a number.`]
      : []),
    ...(Object.hasOwn(image, 'dc:date:expires')
      ? [
          `${name} has a dc:date:expires of its own, which no publishing moves: remove it to let it follow the list’s.`,
        ]
      : []),
  ]
}

function identifierDoubt(name: string, keys: JsonObject): readonly string[] {
  const identifier = textOf(keys, 'dc:identifier') ?? ''
  if (identifier === '') return [`${name} has no dc:identifier.`]
  return UUID.test(identifier) ? [] : [`${name} has the dc:identifier ${identifier}, which is no UUID.`]
}
