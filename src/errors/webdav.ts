/** Targets: WebDAV. */
export const webdavErrors = {
  'webdav-plain': (d: { host: string }) => ({
    message: `A token or password for ${d.host} would cross the network unencrypted.`,
    remedy: 'Begin the target’s `to` in vmcast.yaml with davs:// instead of dav://.',
  }),
  'webdav-no-password': (d: { user: string; variable: string }) => ({
    message: `No password is given for the user ${d.user}.`,
    remedy: `Set ${d.variable}, and ${d.variable}_HOST beside it; or leave the user out of the target’s \`to\`.`,
  }),
  'webdav-no-user': (d: { variable: string }) => ({
    message: `${d.variable} holds a password, but the target’s \`to\` names no user.`,
    remedy: 'Write the target’s `to` in vmcast.yaml as davs://USER@HOST/PATH/.',
  }),
  'webdav-refused': (d: { place: string; who: string; status: number }) => ({
    message: `The server lets ${d.who} not do this at ${d.place} (status ${d.status}).`,
    remedy: 'Check who may write there, and whom vmcast shows itself as: docs/targets.md, WebDAV.',
  }),
  'webdav-no-locks': (d: { host: string }) => ({
    message: `${d.host} knows no locks that hold (WebDAV class 2), so two publishers could overwrite each other.`,
    remedy:
      'Turn them on (Apache: DavLockDB; nginx: dav_ext_lock), or write `singlePublisher: true` at the target if nobody else ever publishes there.',
  }),
  'webdav-lock-lost': (d: { place: string }) => ({
    message: `The server let go of the lock ${d.place} during the work; nothing was published.`,
    remedy:
      'Run again; if it stays so, find out what stops vmcast for as long as the server grants a lock (15 seconds are asked for), or whether it restarts.',
  }),
  'webdav-body-limit': (d: { place: string }) => ({
    message: `The server takes no file as large as ${d.place}.`,
    remedy: 'Raise its limit (Apache: LimitRequestBody; nginx: client_max_body_size).',
  }),
  'webdav-redirect': (d: { place: string; to: string; reason: string }) => ({
    message: `${d.place} redirects to ${d.to}, ${d.reason}.`,
    remedy:
      'Write the address that it leads to as the target’s `to`; on dCache, let https reach the data servers (webdav.redirect.allow-https).',
  }),
  'webdav-unexpected': (d: { method: string; place: string; status: number }) => ({
    message: `The server answers ${d.method} of ${d.place} with status ${d.status}.`,
    remedy:
      'Check that WebDAV is turned on for this folder, with PUT, DELETE, MKCOL, MOVE and LOCK; its log says more.',
  }),
}
