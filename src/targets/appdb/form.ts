/** What the AppDB is asked to do with a list: take it as a new version, and publish that. */
export type Action = 'insert' | 'enable'

/**
 * The form that the AppDB takes a list by: one field, `data`, with an XML document. Its form is that of
 * vmcaster's uploader. `user` is the account, or `x509` where the certificate says who it is.
 */
export function formOf(list: Uint8Array, actions: readonly Action[], user: string): string {
  const elements = [
    ...actions.map((action) => element('action', action)),
    element('entity', 'imagelist'),
    element('response', 'json'),
    element('user', user),
    element('imagelist', Buffer.from(list).toString('base64')),
  ]
  const xml = `<?xml version="1.0" encoding="utf-8"?><appdbvmc>${elements.join('')}</appdbvmc>`
  return new URLSearchParams({ data: xml }).toString()
}

const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
