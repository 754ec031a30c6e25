"""What happens inside Redis, each in one piece: Lua scripts over one room's hash.

A room is a hash ``<prefix>room<protocol version>:<room>`` of peer id -> entry; an entry is JSON::

    {"life", "key_package", "size", "process", "order", "stamp", "held", "founder"}

``order`` and ``stamp`` are decimal texts (Lua's JSON would round them).
``stamp`` is Redis' time in microseconds when the seat was taken: the newer claim to a seat wins.
A process is alive while ``<prefix>process:<id>`` exists, and hears what concerns its rooms on the
channel ``<prefix>to:<id>``: JSON ``{"event": "joined", "room", "peer", "entry"}``,
``{"event": "left", "room", "peer", "order"}`` or ``{"event": "ordered", "room", "peer", "order"}``.
Publishing is part of the scripts, so that events reach every process in the order in which the
rooms changed.

What the host wants is a hash beside the room's, ``<room>:desk``: ``locked`` ("1" or "0"),
``host``, ``heir``, ``out:<peer id>`` for each who is removed, and ``in:<peer id>`` for each who was
there when the room was locked. It goes with the last entry of the room. Who is host is judged as in
:class:`~persona_server.host_desk.HostDesk`.
"""

from __future__ import annotations

from typing import Final

ROOM_SECONDS: Final = 24 * 3600
"""A room's hash that nobody touches is forgotten; processes touch theirs more often than that."""

_READ: Final = """
local room, prefix = KEYS[1], ARGV[1]
local entries = redis.call('HGETALL', room)
local alive = {}
local function is_alive(process)
  if alive[process] == nil then
    alive[process] = redis.call('EXISTS', prefix .. 'process:' .. process) == 1
  end
  return alive[process]
end
local function tell(processes, event)
  for process in pairs(processes) do
    redis.call('PUBLISH', prefix .. 'to:' .. process, cjson.encode(event))
  end
end
"""

JOIN: Final = (
    _READ
    + """
local name, peer, me = ARGV[2], ARGV[3], cjson.decode(ARGV[4])
local size, seconds = math.min(tonumber(ARGV[5]), me.size), ARGV[6]
local old, count, held, newest, others, processes = nil, 0, false, 0, {}, {}
for i = 1, #entries, 2 do
  local entry = cjson.decode(entries[i + 1])
  if entries[i] == peer then
    old = entry
  elseif entry.process ~= me.process and not is_alive(entry.process) then
    redis.call('HDEL', room, entries[i])
  else
    count, size = count + 1, math.min(size, entry.size)
    held = held or entry.held
    newest = math.max(newest, tonumber(entry.order))
    others[#others + 1] = entries[i]
    others[#others + 1] = entries[i + 1]
    processes[entry.process] = true
  end
end
local desk = room .. ':desk'
if count == 0 and not old then redis.call('DEL', desk) end
if not me.founder then
  if redis.call('HEXISTS', desk, 'out:' .. peer) == 1 then return {'removed'} end
  local locked = redis.call('HGET', desk, 'locked') == '1'
  if locked and not old and me.stamp == '' and redis.call('HEXISTS', desk, 'in:' .. peer) == 0 then
    return {'room-locked'}
  end
end
local elsewhere = old and old.process ~= me.process
if elsewhere and me.stamp ~= '' and tonumber(old.stamp) > tonumber(me.stamp) then
  return {'replaced'}
end
if not old and count >= size then
  return {held and 'room-held' or 'room-full'}
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
if old then
  me.order = old.order
elseif me.order == '' then
  me.order = string.format('%.0f', math.max(now, newest + 1))
end
if me.stamp == '' then me.stamp = string.format('%.0f', now) end
local entry = cjson.encode(me)
redis.call('HSET', room, peer, entry)
redis.call('EXPIRE', room, seconds)
redis.call('EXPIRE', desk, seconds)
if elsewhere then processes[old.process] = true end
processes[me.process] = nil
tell(processes, {event = 'joined', room = name, peer = peer, entry = entry})
return {'ok', entry, others}
"""
)
"""Takes a seat, or announces one that was taken before (``stamp`` and ``order`` are given).

KEYS: the room's hash. ARGV: prefix, room, peer, entry (``order`` and ``stamp`` may be empty),
the server's room size, seconds until the room is forgotten.

Returns ``{"ok", entry, {peer, entry, ...}}`` with those already there, or ``{error code}``.
"""

COUNT: Final = (
    _READ
    + """
local count, size = 0, tonumber(ARGV[2])
for i = 1, #entries, 2 do
  local entry = cjson.decode(entries[i + 1])
  if is_alive(entry.process) then
    count, size = count + 1, math.min(size, entry.size)
  end
end
local locked = count > 0 and redis.call('HGET', room .. ':desk', 'locked') == '1'
return {count, size, locked and 1 or 0}
"""
)
"""How many people are in a room, how many it holds, and 1 where it is locked; changes nothing.

KEYS: the room's hash. ARGV: prefix, the server's room size.
"""

LEAVE: Final = (
    _READ
    + """
local name, peer, stamp = ARGV[2], ARGV[3], ARGV[4]
local mine, processes = nil, {}
for i = 1, #entries, 2 do
  local entry = cjson.decode(entries[i + 1])
  if entries[i] == peer then
    mine = entry
  else
    processes[entry.process] = true
  end
end
if not mine or mine.stamp ~= stamp then return 0 end
redis.call('HDEL', room, peer)
if #entries == 2 then redis.call('DEL', room .. ':desk') end
processes[mine.process] = nil
tell(processes, {event = 'left', room = name, peer = peer, order = mine.order})
return 1
"""
)
"""Frees a seat if it is still the one that was taken with ``stamp``.

KEYS: the room's hash. ARGV: prefix, room, peer, stamp. Returns whether it was.
"""

ORDER: Final = (
    _READ
    + """
local name, peer, order, process = ARGV[2], ARGV[3], cjson.decode(ARGV[4]), ARGV[5]
local most, seconds = tonumber(ARGV[6]), ARGV[7]
local desk, here, founders, processes, founded = room .. ':desk', {}, {}, {}, false
for i = 1, #entries, 2 do
  local entry = cjson.decode(entries[i + 1])
  if is_alive(entry.process) then
    here[entries[i]] = true
    processes[entry.process] = true
    if entry.founder then
      founders[entries[i]] = true
      founded = true
    end
  end
end
local host, heir = redis.call('HGET', desk, 'host'), redis.call('HGET', desk, 'heir')
local allowed
if founded then
  allowed = founders[peer]
elseif host and here[host] then
  allowed = peer == host
else
  allowed = peer == heir
end
if not here[peer] or not allowed then return {'not-host'} end
local out, was_locked = 0, redis.call('HGET', desk, 'locked') == '1'
for _, field in ipairs(redis.call('HKEYS', desk)) do
  if string.sub(field, 1, 4) == 'out:' then out = out + 1 end
  if not order.locked and string.sub(field, 1, 3) == 'in:' then redis.call('HDEL', desk, field) end
end
if order.locked and not was_locked then
  for one in pairs(here) do redis.call('HSET', desk, 'in:' .. one, '1') end
end
redis.call('HSET', desk, 'locked', order.locked and '1' or '0', 'host', peer, 'heir', order.heir)
for _, one in ipairs(order.removed) do
  if one ~= peer and not founders[one] and out < most then
    out = out + redis.call('HSET', desk, 'out:' .. one, '1')
  end
end
redis.call('EXPIRE', desk, seconds)
processes[process] = nil
tell(processes, {event = 'ordered', room = name, peer = peer, order = ARGV[4]})
return {'ok'}
"""
)
"""Takes a host's order, and tells the processes of the room.

KEYS: the room's hash. ARGV: prefix, room, peer, order (JSON of ``locked``, ``removed``, ``heir``),
the process that asks, how many a room remembers as removed, seconds until it is forgotten.

Returns ``{"ok"}`` or ``{"not-host"}``.
"""

HOLD: Final = """
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 0 end
local entry = cjson.decode(text)
if entry.stamp ~= ARGV[2] then return 0 end
entry.held = true
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))
return 1
"""
"""Marks a seat as held if it is still the one that was taken with ``stamp``.

KEYS: the room's hash. ARGV: peer, stamp. Returns whether it was.
"""
