import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, makeOpen, openFolder, startServer, type DavServer } from './apache.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'
const isRoot = process.getuid?.() === 0

/** A real nginx with its own WebDAV module; with `locks`, also the one that knows LOCK. */
export async function startNginx({ locks }: { readonly locks: boolean }): Promise<DavServer> {
  const folder = await openFolder()
  const [port, root, conf] = [await freePort(), join(folder, 'www'), join(folder, 'nginx.conf')]
  for (const path of [root, join(folder, 'run')]) await makeOpen(path)
  await writeFile(conf, configuration(folder, port, root, locks))
  return await startServer({
    program: 'nginx',
    args: ['-c', conf, '-e', join(folder, 'run/log')],
    folder,
    port,
    root,
  })
}

const configuration = (folder: string, port: number, root: string, locks: boolean): string => `
load_module ${MODULE};
daemon off;
pid ${folder}/run/pid;
error_log ${folder}/run/log;
${isRoot ? 'user www-data;' : ''}
worker_processes 2;
events {}
http {
  log_format asked '$request_method $uri $http_content_range $status';
  access_log ${folder}/run/requests asked;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/run/${name};`).join('\n  ')}
  ${locks ? 'dav_ext_lock_zone zone=vmcast:1m;' : ''}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    client_max_body_size 0;
    dav_methods PUT DELETE MKCOL MOVE;
    dav_access user:rw all:r;
    ${locks ? 'dav_ext_methods LOCK UNLOCK; dav_ext_lock zone=vmcast;' : ''}
  }
}
`
