import { page, refused, NOT_FOUND, type Answer } from './answer.ts'
import { createRef, matchingRefs } from './refs.ts'
import { commentShape, issueShape, pullShape } from './shapes.ts'
import { addComment, addIssue, BOT, numbered, type FakeIssue, type Permissions, type State } from './state.ts'

/** What a request asks for. */
export interface Asked {
  readonly state: State
  /** What the path says in the place of `*`. */
  readonly word: string
  readonly url: URL
  readonly body: Readonly<Record<string, unknown>>
}

type Need = readonly [keyof Permissions, 'read' | 'write']

export interface Route {
  readonly method: string
  /** Within the repository; `*` is one word of it, or at its end everything. */
  readonly path: string
  /** Any of these permissions is enough. */
  readonly needs: (asked: Asked) => readonly Need[]
  readonly answer: (asked: Asked) => Answer | Promise<Answer>
}

const LONGEST_BODY = 65_536
const LONGEST_TITLE = 256

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: 'issues/*/comments',
    needs: ({ state, word }) => aboutIssue(state, Number(word), 'read'),
    answer: ({ state, word, url }) => {
      const comments = state.comments.filter(({ number }) => number === Number(word))
      return numbered(state, Number(word)) ? page(comments.map(commentShape), url) : NOT_FOUND
    },
  },
  {
    method: 'POST',
    path: 'issues/*/comments',
    needs: ({ state, word }) => aboutIssue(state, Number(word), 'write'),
    answer: ({ state, word, body }) => {
      const there = numbered(state, Number(word))
      if (!there) return NOT_FOUND
      if (there.locked) return refused(403, 'Unable to create comment because issue is locked.')
      return (
        wrongText(body, 'IssueComment') ?? {
          status: 201,
          data: commentShape(addComment(state, there.number, String(body['body']), BOT)),
        }
      )
    },
  },
  {
    method: 'PATCH',
    path: 'issues/comments/*',
    needs: ({ state, word }) => aboutIssue(state, commentOf(state, word)?.number ?? 0, 'write'),
    answer: ({ state, word, body }) => {
      const comment = commentOf(state, word)
      if (!comment) return NOT_FOUND
      const wrong = wrongText(body, 'IssueComment')
      if (wrong) return wrong
      comment.body = String(body['body'])
      return { status: 200, data: commentShape(comment) }
    },
  },
  {
    method: 'GET',
    path: 'issues',
    needs: () => [['issues', 'read']],
    answer: ({ state, url }) => {
      const wanted = url.searchParams.get('state') ?? 'open'
      const shapes = [
        ...state.issues.map((issue) => issueShape(issue, false)),
        ...state.pulls.map((pull) => issueShape(pull, true)),
      ].filter(({ state: now }) => wanted === 'all' || now === wanted)
      const newestFirst = shapes.sort((one, other) => other.number - one.number)
      return page(newestFirst, url)
    },
  },
  {
    method: 'POST',
    path: 'issues',
    needs: () => [['issues', 'write']],
    answer: ({ state, body }) =>
      wrongText(body, 'Issue') ?? {
        status: 201,
        data: issueShape(addIssue(state, String(body['title']), String(body['body']), BOT), false),
      },
  },
  {
    method: 'PATCH',
    path: 'issues/*',
    needs: ({ state, word }) => aboutIssue(state, Number(word), 'write'),
    answer: ({ state, word, body }) => {
      const issue = numbered(state, Number(word))
      if (!issue) return NOT_FOUND
      const wrong = wrongText({ ...issue, ...body }, 'Issue')
      if (wrong) return wrong
      edit(issue, body)
      return { status: 200, data: issueShape(issue, false) }
    },
  },
  {
    method: 'GET',
    path: 'commits/*/pulls',
    needs: () => [['pull-requests', 'read']],
    answer: ({ state, word, url }) => {
      const pulls = state.pulls.filter(
        ({ head, commits, mergeCommit }) =>
          head.sha === word || mergeCommit === word || commits.includes(word),
      )
      return page(
        pulls.map((pull) => pullShape(pull, state)),
        url,
      )
    },
  },
  { method: 'GET', path: 'git/matching-refs/*', needs: () => [['contents', 'read']], answer: matchingRefs },
  { method: 'POST', path: 'git/refs', needs: () => [['contents', 'write']], answer: createRef },
]

const commentOf = ({ comments }: State, id: string) => comments.find((comment) => comment.id === Number(id))

/** Of an issue, `issues`; of a pull request, either permission is enough. */
function aboutIssue({ pulls }: State, number: number, grant: 'read' | 'write'): readonly Need[] {
  const isPull = pulls.some((pull) => pull.number === number)
  return isPull
    ? [
        ['issues', grant],
        ['pull-requests', grant],
      ]
    : [['issues', grant]]
}

function wrongText(
  given: Readonly<Record<string, unknown>>,
  resource: 'Issue' | 'IssueComment',
): Answer | null {
  const { title, body } = given
  const says = (field: string, message: string) =>
    refused(422, 'Validation Failed', [{ resource, code: 'unprocessable', field, message }])
  if (typeof body !== 'string' || body.trim() === '') return says('body', "body can't be blank")
  if (body.length > LONGEST_BODY)
    return says('body', `body is too long (maximum is ${LONGEST_BODY} characters)`)
  if (resource === 'IssueComment') return null
  if (typeof title !== 'string' || title.trim() === '') return says('title', "title can't be blank")
  return title.length > LONGEST_TITLE
    ? says('title', `title is too long (maximum is ${LONGEST_TITLE} characters)`)
    : null
}

function edit(issue: FakeIssue, { title, body, state }: Readonly<Record<string, unknown>>): void {
  if (typeof title === 'string') issue.title = title
  if (typeof body === 'string') issue.body = body
  if (state === 'open' || state === 'closed') issue.state = state
}
