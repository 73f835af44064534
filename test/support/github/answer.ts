export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly data: unknown
}

/** A refusal in GitHub's form. */
export const refused = (status: number, message: string, errors?: readonly unknown[]): Answer => ({
  status,
  data: {
    message,
    ...(errors ? { errors } : {}),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  },
})

export const NOT_FOUND = refused(404, 'Not Found')

/** One page of `all`, with links to the others. `base` is the address that was asked for, and says which page. */
export function page(all: readonly unknown[], base: URL): Answer {
  const size = Math.min(Number(base.searchParams.get('per_page') ?? 30), 100)
  const number = Number(base.searchParams.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (rel: string, to: number) => {
    const url = new URL(base)
    // GitHub links to the repository by its id.
    url.pathname = url.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, '/repositories/1')
    url.searchParams.set('page', String(to))
    return `<${url.href}>; rel="${rel}"`
  }
  const before = number > 1 ? [link('prev', number - 1), link('first', 1)] : []
  const after = number < last ? [link('next', number + 1), link('last', last)] : []
  const links = [...before, ...after].join(', ')
  return {
    status: 200,
    headers: links === '' ? {} : { link: links },
    data: all.slice((number - 1) * size, number * size),
  }
}
