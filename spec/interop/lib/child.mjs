// child: child processes whose lines are waited for, and folders of our own. All are
// gone, the processes ended by pid, when we leave.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const living = new Set();
const folders = new Set();

export function makeFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'moondock-interop-'));
  folders.add(folder);
  return folder;
}

function removeFolders() {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
  folders.clear();
}

// Waits until `look()` gives something, looking again whenever `wake` is called. Rejects
// after `ms` with `what` in the message: a text, or a function that says it then.
export class Waiters {
  constructor() {
    this.waiting = new Set();
  }
  wake() {
    for (const again of this.waiting) {
      again();
    }
  }
  until(what, look, ms) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.waiting.delete(again);
        settle(value);
      };
      const again = () => {
        try {
          const found = look();
          if (found !== undefined) {
            end(resolve, found);
          }
        } catch (error) {
          end(reject, error);
        }
      };
      const timer = setTimeout(() => {
        const name = typeof what === 'function' ? what() : what;
        end(reject, new Error(`waited ${ms} ms for ${name}`));
      }, ms);
      this.waiting.add(again);
      again();
    });
  }
}

export class Child {
  // `onLine` gets each line of standard output; without it they are kept in `lines`.
  constructor(name, command, args, { onLine, ...options } = {}) {
    this.name = name;
    this.lines = [];
    this.errors = [];
    this.waiters = new Waiters();
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    living.add(this);
    this.process.on('error', (error) => {
      this.errors.push(String(error));
      this.ended = { code: null, signal: null };
      living.delete(this);
      this.waiters.wake();
    });
    this.process.on('exit', (code, signal) => {
      this.ended = { code, signal };
      living.delete(this);
      this.waiters.wake();
    });
    this.process.stdin.on('error', () => {});
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      if (onLine) {
        onLine(line);
      } else {
        this.lines.push(line);
      }
      this.waiters.wake();
    });
    readline.createInterface({ input: this.process.stderr }).on('line', (line) => {
      this.errors.push(line);
      if (this.errors.length > 400) {
        this.errors.shift();
      }
      if (process.env.INTEROP_VERBOSE) {
        console.error(`[${this.name}] ${line}`);
      }
    });
  }

  get tail() {
    return this.errors.slice(-8).join('\n    ');
  }

  // The first line that matches; fails at once if the process ends before.
  line(pattern, ms) {
    return this.until(`${this.name} to print ${pattern}`, () => {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) {
        return found.match(pattern);
      }
      return undefined;
    }, ms);
  }

  // As Waiters.until, and rejects when the process has ended.
  until(what, look, ms) {
    return this.waiters.until(what, () => {
      const found = look();
      if (found === undefined && this.ended) {
        const { code, signal } = this.ended;
        throw new Error(`${this.name} ended (${signal ?? code}) before ${what}\n    ${this.tail}`);
      }
      return found;
    }, ms);
  }

  say(line) {
    this.process.stdin.write(`${line}\n`);
  }

  // Asks it to end, insists after `ms`. Resolves to its exit status.
  async stop(signal = 'SIGTERM', ms = 10_000) {
    if (!this.ended) {
      const gone = once(this.process, 'exit');
      this.process.kill(signal);
      const insist = setTimeout(() => {
        this.insisted = true;
        this.process.kill('SIGKILL');
      }, ms);
      await gone;
      clearTimeout(insist);
    }
    return this.ended;
  }
}

export async function stopAll() {
  await Promise.all([...living].map((child) => child.stop('SIGTERM', 3000)));
  removeFolders();
}

// Last resort, for an exit that waits for nobody.
process.on('exit', () => {
  for (const child of living) {
    child.process.kill('SIGKILL');
  }
  removeFolders();
});
