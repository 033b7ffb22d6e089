/**
 * What a server does in one step, in Lua: a process that wakes after another has taken its run must not come between two commands.
 *
 * @module
 */

/** Of the server, in milliseconds: clocks of machines differ. */
const NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)";

/** A script, and how many of its arguments are keys. */
interface Script {
  readonly keys: number;
  readonly lua: string;
}

const script = (keys: number, lua: string): Script => ({ keys, lua });

/** By name. */
export const SCRIPTS = {
  // runs; prefix
  open: script(
    1,
    `${NOW}
    local found = {}
    for _, run in ipairs(redis.call('HKEYS', KEYS[1])) do
      local key = ARGV[1] .. ':run:' .. run
      if redis.call('EXISTS', key .. ':coordinator') == 1 then
        found[#found + 1] = run
        found[#found + 1] = redis.call('ZCOUNT', key .. ':workers', now, '+inf')
      end
    end
    return found`,
  ),
  // coordinator, ended, plan
  state: script(
    3,
    `if redis.call('EXISTS', KEYS[1]) == 1 then return 'open' end
    if redis.call('EXISTS', KEYS[2]) == 1 then return 'over' end
    if redis.call('EXISTS', KEYS[3]) == 1 then return 'silent' end
    return 'gone'`,
  ),
  // workers; worker, milliseconds
  join: script(
    1,
    `${NOW}
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return redis.call('ZCARD', KEYS[1])`,
  ),
  leave: script(1, "return redis.call('ZREM', KEYS[1], ARGV[1])"),
  workers: script(1, `${NOW} return redis.call('ZCOUNT', KEYS[1], now, '+inf')`),
  // epoch, coordinator, plan, ended, runs; process, milliseconds, plan, run
  take: script(
    5,
    `${NOW}
    local epoch = redis.call('INCR', KEYS[1])
    redis.call('PERSIST', KEYS[1])
    local known = redis.call('EXISTS', KEYS[3])
    redis.call('SET', KEYS[2], epoch .. ' ' .. ARGV[1], 'PX', ARGV[2])
    redis.call('SET', KEYS[3], ARGV[3])
    redis.call('DEL', KEYS[4])
    redis.call('HSET', KEYS[5], ARGV[4], now)
    return {epoch, known}`,
  ),
  // epoch, coordinator, plan, ended, runs, meta; epoch, process, milliseconds, run, SHA-1 of the plan
  beat: script(
    6,
    `${NOW}
    local current = tonumber(redis.call('GET', KEYS[1]) or '') or 0
    if current > tonumber(ARGV[1]) then return 'taken' end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
    redis.call('HSET', KEYS[5], ARGV[4], now)
    -- a queue that is paused or limited gives no jobs, and this program does neither while a run goes on
    redis.call('HDEL', KEYS[6], 'paused', 'concurrency', 'max', 'duration')
    if redis.call('EXISTS', KEYS[4]) == 1 then return 'lost' end
    local plan = redis.pcall('GET', KEYS[3])
    if type(plan) ~= 'string' or redis.sha1hex(plan) ~= ARGV[5] then
      redis.call('DEL', KEYS[3])
      return 'lost'
    end
    return 'kept'`,
  ),
  // coordinator; epoch and process
  release: script(
    1,
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end",
  ),
  // runs, epoch; run, milliseconds that its epoch is kept
  forget: script(
    2,
    `redis.call('HDEL', KEYS[1], ARGV[1])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])`,
  ),
  // runs; prefix, milliseconds
  abandoned: script(
    1,
    `${NOW}
    local found = {}
    local runs = redis.call('HGETALL', KEYS[1])
    for at = 1, #runs, 2 do
      local key = ARGV[1] .. ':run:' .. runs[at]
      if redis.call('EXISTS', key .. ':coordinator') == 0
        and (tonumber(runs[at + 1]) or 0) + ARGV[2] < now then
        found[#found + 1] = runs[at]
        redis.call('HDEL', KEYS[1], runs[at])
        redis.call('DEL', key .. ':plan', key .. ':epoch', key .. ':workers')
      end
    end
    return found`,
  ),
  // job, wait, active; id. A job that is in no list was never put by BullMQ, and no worker will get it
  look: script(
    3,
    `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
      redis.call('DEL', KEYS[1])
      return {'missing'}
    end
    local job = redis.call('HMGET', KEYS[1], 'finishedOn', 'returnvalue')
    if job[1] then return {'done', job[2] or ''} end
    if redis.call('EXISTS', KEYS[1] .. ':lock') == 1
      or redis.call('LPOS', KEYS[2], ARGV[1]) or redis.call('LPOS', KEYS[3], ARGV[1]) then
      return {'open'}
    end
    redis.call('DEL', KEYS[1])
    return {'missing'}`,
  ),
  // active, events; start of the keys of jobs, lock. What a worker took and cannot even read
  drop: script(
    2,
    `local dropped = {}
    for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
      local job = ARGV[1] .. id
      if redis.pcall('GET', job .. ':lock') == ARGV[2] then
        redis.call('LREM', KEYS[1], 0, id)
        redis.call('DEL', job, job .. ':lock', job .. ':logs')
        redis.call('XADD', KEYS[2], '*', 'event', 'failed', 'jobId', id)
        dropped[#dropped + 1] = id
      end
    end
    return dropped`,
  ),
} satisfies Record<string, Script>;
