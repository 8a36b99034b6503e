#!/usr/bin/env python3
"""One Kafka broker in memory, for tests: transactions with markers, fencing and aborted ranges, consumer groups, look-up by time, and faults on request.

librdkafka's own mock cluster shows the records of aborted transactions and fences nobody; what hangs on either is tested against this one. It is written from
the protocol guide alone and shares no code with what it tests.

    broker.py [--topics name:partitions,...] [--user name:password] [--chaos seed:rate] [--control fifo] [--max-message bytes] [--deny topic] [--tls certificate:key]

Prints `host:port` on the first line. Lines written to the control fifo:
    fail KEY ERROR COUNT    the next COUNT requests of this kind are refused with ERROR
    drop KEY COUNT          the connection is closed before the next COUNT requests of this kind are carried out
    lose KEY COUNT          they are carried out, and the connection is closed instead of an answer
    clear                   no more of these
    set TOPIC NAME=VALUE,…  settings of a topic are changed, as another tool would
    forget TOPIC newest|all batches of every partition lose their records, as by compaction
    dump TOPIC FILE         settings of a topic are written to a file
    pause SECONDS           nothing listens for a while, and every connection is closed
"""
import argparse, asyncio, collections, os, random, ssl, struct, sys, threading, time, uuid

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR, JOIN, HEARTBEAT, LEAVE, SYNC = 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14
DELETE_TOPICS, ALTER_CONFIGS = 20, 33
SASL_HANDSHAKE, API_VERSIONS, CREATE_TOPICS, INIT_PRODUCER, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSETS, DESCRIBE_CONFIGS, SASL_AUTH = (
    17, 18, 19, 22, 24, 25, 26, 28, 32, 36)
VERSIONS = {
    PRODUCE: (0, 7), FETCH: (4, 4), LIST_OFFSETS: (1, 2), METADATA: (1, 4), OFFSET_COMMIT: (2, 2), OFFSET_FETCH: (1, 1), FIND_COORDINATOR: (0, 2),
    JOIN: (0, 2), HEARTBEAT: (0, 1), LEAVE: (0, 1), SYNC: (0, 1), SASL_HANDSHAKE: (0, 1), API_VERSIONS: (0, 2), CREATE_TOPICS: (0, 4),
    INIT_PRODUCER: (0, 4), ADD_PARTITIONS: (0, 0), ADD_OFFSETS: (0, 0), END_TXN: (0, 1), TXN_OFFSETS: (0, 3), DESCRIBE_CONFIGS: (0, 1),
    SASL_AUTH: (0, 0), DELETE_TOPICS: (0, 1), ALTER_CONFIGS: (0, 0)}

TABLE = []
for n in range(256):
    c = n
    for _ in range(8):
        c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    TABLE.append(c)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = TABLE[(c ^ b) & 255] ^ c >> 8
    return c ^ 0xFFFFFFFF


class In:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(">" + form, self.data, self.at)[0]
        self.at += struct.calcsize(">" + form)
        return value

    def raw(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def text(self):
        n = self.take("h")
        return None if n < 0 else self.raw(n).decode()

    def blob(self):
        n = self.take("i")
        return None if n < 0 else self.raw(n)

    def varint(self):
        value = shift = 0
        while True:
            b = self.data[self.at]
            self.at += 1
            value |= (b & 127) << shift
            shift += 7
            if b < 128:
                return value

    def compact(self):
        n = self.varint()
        return None if n == 0 else self.raw(n - 1).decode()

    def tags(self):
        for _ in range(self.varint()):
            self.varint()
            self.raw(self.varint())

    def array(self, one):
        return [one() for _ in range(max(0, self.take("i")))]

    def compact_array(self, one):
        return [one() for _ in range(max(0, self.varint() - 1))]


class Out:
    def __init__(self):
        self.parts = []

    def put(self, form, *values):
        self.parts.append(struct.pack(">" + form, *values))
        return self

    def text(self, value):
        if value is None:
            return self.put("h", -1)
        raw = value.encode()
        self.put("h", len(raw)).parts.append(raw)
        return self

    def blob(self, raw):
        if raw is None:
            return self.put("i", -1)
        self.put("i", len(raw)).parts.append(bytes(raw))
        return self

    def varint(self, value):
        raw = bytearray()
        while value >= 128:
            raw.append(value & 127 | 128)
            value >>= 7
        raw.append(value)
        self.parts.append(bytes(raw))
        return self

    def compact(self, value):
        if value is None:
            return self.varint(0)
        raw = value.encode()
        self.varint(len(raw) + 1).parts.append(raw)
        return self

    def array(self, values, one):
        self.put("i", len(values))
        for v in values:
            one(v)
        return self

    def bytes(self):
        return b"".join(self.parts)


Batch = collections.namedtuple("Batch", "base last time data")
HEADER = struct.Struct(">qiibIhiqqqhii")


class Partition:
    def __init__(self):
        self.batches, self.end = [], 0
        self.open, self.aborted, self.producers = {}, [], {}

    @property
    def stable(self):
        return min(self.open.values(), default=self.end)

    def append(self, raw, count, time):
        base = self.end
        data = bytearray(raw)
        struct.pack_into(">q", data, 0, base)
        struct.pack_into(">i", data, 12, 0)
        self.end = base + count
        self.batches.append(Batch(base, self.end - 1, time, bytes(data)))
        return base

    def marker(self, pid, epoch, commit):
        now = int(time.time() * 1000)
        key, value = struct.pack(">hh", 0, 1 if commit else 0), struct.pack(">hi", 0, 0)
        # length, attributes, time delta, offset delta, key length 4, key, value length 6, value, no headers: all varints of one byte, zig-zag
        record = bytes([0, 0, 0, 8]) + key + bytes([12]) + value + bytes([0])
        record = bytes([len(record) * 2]) + record
        tail = struct.pack(">hiqqqhii", 0x30, 0, now, now, pid, epoch, -1, 1) + record
        head = struct.pack(">qiibI", 0, 9 + len(tail), 0, 2, crc32c(tail))
        first = self.open.pop(pid, None)
        at = self.append(head + tail, 1, now)
        if first is not None and not commit:
            self.aborted.append((pid, first, at))


def emptied(batch):
    """What compaction leaves of a batch: its offsets."""
    tail = batch.data[21:57] + struct.pack(">i", 0)
    return Batch(batch.base, batch.last, batch.time, batch.data[:8] + struct.pack(">i", 9 + len(tail)) + batch.data[12:17] + struct.pack(">I", crc32c(tail)) + tail)


class Transaction:
    def __init__(self, pid):
        self.pid, self.epoch, self.ongoing = pid, -1, False
        self.partitions, self.offsets, self.groups, self.began, self.timeout = set(), {}, set(), 0, 60000


class Group:
    def __init__(self):
        self.state, self.generation, self.members, self.leader, self.protocol = "empty", 0, {}, None, ""
        self.offsets, self.changed = {}, None


class Member:
    def __init__(self, protocols, session, rebalance):
        self.protocols, self.session, self.rebalance = protocols, session, rebalance
        self.seen, self.joined, self.waiting, self.assignment, self.syncing = time.time(), False, None, b"", None


class Close(Exception):
    pass


class Broker:
    def __init__(self, options):
        self.options = options
        self.topics, self.configs = {}, {}
        self.transactions, self.epochs, self.next_pid = {}, {}, 1000
        self.groups = collections.defaultdict(Group)
        self.faults = collections.defaultdict(list)
        self.connections, self.news = set(), asyncio.Event()
        self.port, self.server = 0, None
        self.random, self.rate = random.Random(0), 0.0
        self.counts = collections.Counter()
        if options.chaos:
            seed, rate = options.chaos.split(":")
            self.random, self.rate = random.Random(int(seed)), float(rate)

    def make(self, name, partitions, configs=()):
        self.topics[name] = [Partition() for _ in range(partitions)]
        self.configs[name] = dict(configs)

    def partition(self, topic, index):
        list = self.topics.get(topic)
        return list[index] if list and 0 <= index < len(list) else None

    def wake(self):
        self.news.set()
        self.news = asyncio.Event()

    # Connections

    async def listen(self):
        context = None
        if self.options.tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*self.options.tls.split(":"))
        self.server = await asyncio.start_server(self.connection, "127.0.0.1", self.port, ssl=context)
        self.port = self.server.sockets[0].getsockname()[1]

    async def pause(self, seconds):
        self.server.close()
        for writer in list(self.connections):
            writer.transport.abort()
        await asyncio.sleep(seconds)
        await self.listen()

    async def connection(self, reader, writer):
        self.connections.add(writer)
        state = {"user": None if self.options.user else "anyone"}
        try:
            while True:
                size = struct.unpack(">i", await reader.readexactly(4))[0]
                if not 8 <= size <= 200 << 20:
                    break
                answer = await self.request(In(await reader.readexactly(size)), state)
                if answer is not None:
                    writer.write(struct.pack(">i", len(answer)) + answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, Close):
            pass
        finally:
            self.connections.discard(writer)
            writer.close()

    async def request(self, r, state):
        key, version, correlation, client = r.take("h"), r.take("h"), r.take("i"), r.text()
        self.counts[key] += 1
        o = Out().put("i", correlation)
        low, high = VERSIONS.get(key, (1, 0))
        if key == API_VERSIONS and version > high:
            o.put("h", 35)
            version = 0
            return self.versions(o, 0).bytes()
        if not low <= version <= high:
            raise Close
        if state["user"] is None and key not in (API_VERSIONS, SASL_HANDSHAKE, SASL_AUTH):
            raise Close
        flexible = key == INIT_PRODUCER and version >= 2 or key == TXN_OFFSETS and version >= 3
        if flexible:
            r.tags()
            o.varint(0)
        refusal, lost = self.fault(key)
        handler = {
            PRODUCE: self.produce, FETCH: self.fetch, LIST_OFFSETS: self.list_offsets, METADATA: self.metadata, OFFSET_COMMIT: self.offset_commit,
            OFFSET_FETCH: self.offset_fetch, FIND_COORDINATOR: self.find_coordinator, JOIN: self.join, HEARTBEAT: self.heartbeat,
            LEAVE: self.leave, SYNC: self.sync, CREATE_TOPICS: self.create_topics, INIT_PRODUCER: self.init_producer,
            ADD_PARTITIONS: self.add_partitions, ADD_OFFSETS: self.add_offsets, END_TXN: self.end_txn, TXN_OFFSETS: self.txn_offsets,
            DESCRIBE_CONFIGS: self.describe_configs, DELETE_TOPICS: self.delete_topics, ALTER_CONFIGS: self.alter_configs}
        if key == API_VERSIONS:
            return self.versions(o.put("h", 0), version).bytes()
        if key == SASL_HANDSHAKE:
            good = r.text() == "PLAIN"
            return o.put("h", 0 if good else 33).array(["PLAIN"], o.text).bytes()
        if key == SASL_AUTH:
            parts = bytes(r.blob()).split(b"\0")
            if ":".join(p.decode() for p in parts[1:]) == self.options.user:
                state["user"] = parts[1].decode()
                return o.put("h", 0).text(None).blob(b"").bytes()
            return o.put("h", 58).text("wrong user or password").blob(b"").bytes()
        answer = handler[key](r, o, version, refusal)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if lost:
            raise Close
        return None if answer is False else o.bytes()

    def fault(self, key):
        """What goes wrong with a request: an error to refuse it with, and whether its answer is lost."""
        if self.faults[key]:
            kind, error = self.faults[key].pop(0)
            if kind == "drop":
                raise Close
            return (error, False) if kind == "fail" else (0, True)
        if self.rate and key not in (METADATA, FIND_COORDINATOR) and self.random.random() < self.rate:
            kind = self.random.choice(["drop", "lose", "fail", "slow"])
            if kind == "drop":
                raise Close
            if kind == "lose":
                return 0, True
            passing = {PRODUCE: [6, 7, 19], FETCH: [6], LIST_OFFSETS: [6], INIT_PRODUCER: [14, 15, 16], ADD_PARTITIONS: [14, 15, 16, 51],
                       ADD_OFFSETS: [14, 15, 16, 51], END_TXN: [14, 15, 16, 51], TXN_OFFSETS: [14, 15, 16]}
            if kind == "fail" and key in passing:
                return self.random.choice(passing[key]), False
        return 0, False

    def versions(self, o, version):
        o.array(sorted(VERSIONS), lambda k: o.put("hhh", k, *VERSIONS[k]))
        return o.put("i", 0) if version >= 1 else o

    # Topics

    def metadata(self, r, o, version, refusal):
        n = r.take("i")
        names = None if n < 0 else [r.text() for _ in range(n)]
        create = r.take("b") if version >= 4 else 1
        if version >= 3:
            o.put("i", 0)
        o.array([0], lambda _: o.put("i", 1).text("127.0.0.1").put("i", self.port).text(None))
        if version >= 2:
            o.text("test")
        o.put("i", 1)

        def topic(name):
            known = self.topics.get(name)
            error = 29 if name == self.options.deny else 0 if known else 3
            o.put("h", error).text(name).put("b", 0)
            o.array(list(range(len(known or []))), lambda p: o.put("hii", 0, p, 1).put("ii", 1, 1).put("ii", 1, 1))

        o.array(sorted(self.topics) if names is None else names, topic)

    def create_topics(self, r, o, version, refusal):
        def one():
            name, count, replication = r.text(), r.take("i"), r.take("h")
            r.array(lambda: (r.take("i"), r.array(lambda: r.take("i"))))
            return name, count, r.array(lambda: (r.text(), r.text()))

        topics = r.array(one)
        if version >= 2:
            o.put("i", 0)

        def answer(topic):
            name, count, configs = topic
            error = refusal or (36 if name in self.topics else 0)
            if not error:
                self.make(name, count if count > 0 else 1, configs)
            o.text(name).put("h", error)
            if version >= 1:
                o.text(None)

        o.array(topics, answer)

    def delete_topics(self, r, o, version, refusal):
        names = r.array(r.text)
        if version >= 1:
            o.put("i", 0)

        def answer(name):
            known = self.topics.pop(name, None)
            self.configs.pop(name, None)
            o.text(name).put("h", refusal or (0 if known else 3))

        o.array(names, answer)

    def alter_configs(self, r, o, version, refusal):
        def one():
            return r.take("b"), r.text(), r.array(lambda: (r.text(), r.text()))

        resources = r.array(one)
        o.put("i", 0)

        def answer(resource):
            kind, name, configs = resource
            if name in self.configs and not refusal:
                self.configs[name] = dict(configs)
            o.put("h", refusal or (0 if name in self.configs else 3)).text(None).put("b", kind).text(name)

        o.array(resources, answer)

    def describe_configs(self, r, o, version, refusal):
        def one():
            kind, name = r.take("b"), r.text()
            n = r.take("i")
            for _ in range(max(0, n)):
                r.text()
            return kind, name

        resources = r.array(one)
        o.put("i", 0)

        def answer(resource):
            kind, name = resource
            known = self.configs.get(name)
            o.put("h", 0 if known is not None else 3).text(None).put("b", kind).text(name)

            def entry(item):
                o.text(item[0]).text(item[1]).put("b", 0)
                o.put("b", 1 if version >= 1 else 0).put("b", 0)
                if version >= 1:
                    o.put("i", 0)

            o.array(sorted((known or {}).items()), entry)

        o.array(resources, answer)

    # Records

    def produce(self, r, o, version, refusal):
        if version >= 3:
            r.text()
        acks, _ = r.take("h"), r.take("i")
        topics = r.array(lambda: (r.text(), r.array(lambda: (r.take("i"), r.blob()))))

        def topic(item):
            o.text(item[0])

            def part(entry):
                error, base = (refusal, -1) if refusal else self.append(item[0], *entry)
                o.put("ihq", entry[0], error, base)
                if version >= 2:
                    o.put("q", -1)
                if version >= 5:
                    o.put("q", 0)

            o.array(item[1], part)

        o.array(topics, topic)
        o.put("i", 0)
        self.wake()
        return None if acks else False

    def append(self, topic, index, data):
        partition = self.partition(topic, index)
        if topic == self.options.deny:
            return 29, -1
        if partition is None:
            return 3, -1
        base, length, _, magic, crc, attributes, delta, _, newest, pid, epoch, sequence, count = HEADER.unpack_from(data, 0)
        if magic != 2 or length + 12 != len(data):
            return 87, -1
        if len(data) > self.options.max_message:
            return 10, -1
        transactional = attributes & 0x10
        if pid >= 0:
            if epoch < self.epochs.get(pid, 0):
                return 47, -1
            known = partition.producers.get(pid)
            if known and known[0] == epoch:
                for first, at in known[2]:
                    if first == sequence:
                        return 0, at
                if sequence != known[1] + 1:
                    return 45, -1
            elif sequence != 0:
                return (59 if known is None else 45), -1
            if transactional:
                owner = next((t for t in self.transactions.values() if t.pid == pid), None)
                if owner is None or not owner.ongoing or (topic, index) not in owner.partitions:
                    return 48, -1
                partition.open.setdefault(pid, partition.end)
        at = partition.append(data, delta + 1, newest)
        if pid >= 0:
            recent = partition.producers[pid][2] if known and known[0] == epoch else collections.deque(maxlen=5)
            recent.append((sequence, at))
            partition.producers[pid] = (epoch, sequence + count - 1, recent)
        return 0, at

    async def fetch(self, r, o, version, refusal):
        r.take("i")
        wait, smallest, largest, isolation = r.take("i"), r.take("i"), r.take("i"), r.take("b")
        wanted = r.array(lambda: (r.text(), r.array(lambda: (r.take("i"), r.take("q"), r.take("i")))))
        deadline = time.time() + wait / 1000
        while True:
            found = any(self.visible(self.partition(t, p), isolation) > at for t, ps in wanted for p, at, _ in ps if self.partition(t, p))
            left = deadline - time.time()
            if found or left <= 0 or refusal:
                break
            try:
                await asyncio.wait_for(self.news.wait(), left)
            except asyncio.TimeoutError:
                pass
        o.put("i", 0)
        room = [largest]

        def topic(item):
            o.text(item[0])

            def part(entry):
                index, at, limit = entry
                partition = self.partition(item[0], index)
                if partition is None or refusal or item[0] == self.options.deny:
                    error = refusal or (29 if item[0] == self.options.deny else 3)
                    return o.put("ihqq", index, error, -1, -1).put("i", -1).blob(b"")
                if not 0 <= at <= partition.end:
                    return o.put("ihqq", index, 1, partition.end, partition.stable).put("i", -1).blob(b"")
                visible, data, upper = self.visible(partition, isolation), [], at
                taken = 0
                low, high = 0, len(partition.batches)
                while low < high:
                    middle = (low + high) // 2
                    if partition.batches[middle].last < at:
                        low = middle + 1
                    else:
                        high = middle
                for batch in partition.batches[low:]:
                    if batch.base >= visible or taken and taken + len(batch.data) > min(limit, room[0]):
                        break
                    data.append(batch.data)
                    taken += len(batch.data)
                    upper = batch.last + 1
                room[0] = max(0, room[0] - taken)
                o.put("ihqq", index, 0, partition.end, partition.stable)
                aborted = [a for a in partition.aborted if a[2] >= at and a[1] < upper] if isolation else []
                o.array(aborted, lambda a: o.put("qq", a[0], a[1]))
                o.blob(b"".join(data))

            o.array(item[1], part)

        o.array(wanted, topic)

    def visible(self, partition, isolation):
        return partition.stable if isolation else partition.end

    def list_offsets(self, r, o, version, refusal):
        r.take("i")
        isolation = r.take("b") if version >= 2 else 0
        wanted = r.array(lambda: (r.text(), r.array(lambda: (r.take("i"), r.take("q")))))
        if version >= 2:
            o.put("i", 0)

        def topic(item):
            o.text(item[0])

            def part(entry):
                partition = self.partition(item[0], entry[0])
                error, moment, offset = refusal, -1, -1
                if item[0] == self.options.deny:
                    error = 29
                elif partition is None:
                    error = 3
                elif entry[1] == -1:
                    offset = self.visible(partition, isolation)
                elif entry[1] == -2:
                    offset = 0
                else:
                    for batch in partition.batches:
                        if batch.time >= entry[1] and batch.base < self.visible(partition, isolation):
                            moment, offset = batch.time, batch.base
                            break
                o.put("ihqq", entry[0], error, moment, offset)

            o.array(item[1], part)

        o.array(wanted, topic)

    # Transactions

    def find_coordinator(self, r, o, version, refusal):
        if version >= 1:
            o.put("i", 0)
        o.put("h", 0)
        if version >= 1:
            o.text(None)
        o.put("i", 1).text("127.0.0.1").put("i", self.port)

    def init_producer(self, r, o, version, refusal):
        name = r.compact() if version >= 2 else r.text()
        timeout = r.take("i")
        pid, epoch = (r.take("q"), r.take("h")) if version >= 3 else (-1, -1)
        error, answer = refusal, (-1, -1)
        if not error and name is None:
            self.next_pid += 1
            answer = (self.next_pid, 0)
        elif not error:
            t = self.transactions.get(name)
            if t is None:
                self.next_pid += 1
                t = self.transactions[name] = Transaction(self.next_pid)
            if pid >= 0 and (pid, epoch) != (t.pid, t.epoch):
                error = 90 if version >= 4 else 47
            else:
                t.epoch += 1
                self.epochs[t.pid] = t.epoch
                if t.ongoing:
                    self.end(t, False)
                t.timeout = timeout
                answer = (t.pid, t.epoch)
        o.put("ihqh", 0, error, *answer)
        if version >= 2:
            o.varint(0)

    def transaction(self, name, pid, epoch):
        t = self.transactions.get(name)
        if t is None or t.pid != pid:
            return None, 49
        if epoch < t.epoch:
            return None, 47
        return t, 0

    def start(self, t):
        if not t.ongoing:
            t.ongoing, t.began = True, time.time()

    def add_partitions(self, r, o, version, refusal):
        t, error = self.transaction(r.text(), r.take("q"), r.take("h"))
        error = refusal or error
        topics = r.array(lambda: (r.text(), r.array(lambda: r.take("i"))))
        o.put("i", 0)

        def topic(item):
            o.text(item[0])

            def part(index):
                this = error or (29 if item[0] == self.options.deny else 0 if self.partition(item[0], index) else 3)
                if not this:
                    self.start(t)
                    t.partitions.add((item[0], index))
                o.put("ih", index, this)

            o.array(item[1], part)

        o.array(topics, topic)

    def add_offsets(self, r, o, version, refusal):
        t, error = self.transaction(r.text(), r.take("q"), r.take("h"))
        group = r.text()
        if not refusal and not error:
            self.start(t)
            t.groups.add(group)
        o.put("ih", 0, refusal or error)

    def txn_offsets(self, r, o, version, refusal):
        flexible = version >= 3
        text = r.compact if flexible else r.text
        name, group = text(), text()
        t, error = self.transaction(name, r.take("q"), r.take("h"))
        error = refusal or error
        if flexible:
            generation, member, _ = r.take("i"), r.compact(), r.compact()
            if not error and generation >= 0:
                g = self.groups[group]
                error = 25 if member not in g.members else 22 if generation != g.generation else 0

        def part():
            p, offset = r.take("i"), r.take("q")
            if version >= 2:
                r.take("i")
            metadata = text()
            if flexible:
                r.tags()
            return p, offset, metadata

        def topic():
            found = text(), (r.compact_array if flexible else r.array)(part)
            if flexible:
                r.tags()
            return found

        topics = (r.compact_array if flexible else r.array)(topic)
        o.put("i", 0)
        if flexible:
            o.varint(len(topics) + 1)
        else:
            o.put("i", len(topics))
        for name, parts in topics:
            (o.compact if flexible else o.text)(name)
            if flexible:
                o.varint(len(parts) + 1)
            else:
                o.put("i", len(parts))
            for p, offset, metadata in parts:
                if not error:
                    t.offsets[(group, name, p)] = (offset, metadata)
                o.put("ih", p, error)
                if flexible:
                    o.varint(0)
            if flexible:
                o.varint(0)
        if flexible:
            o.varint(0)

    def end_txn(self, r, o, version, refusal):
        t, error = self.transaction(r.text(), r.take("q"), r.take("h"))
        commit = r.take("b")
        error = refusal or error
        if not error:
            if t.ongoing:
                t.last = bool(commit)
                self.end(t, bool(commit))
            elif getattr(t, "last", None) != bool(commit):
                error = 48
        o.put("ih", 0, error)

    def end(self, t, commit):
        for topic, index in sorted(t.partitions):
            self.partition(topic, index).marker(t.pid, t.epoch, commit)
        if commit:
            for (group, topic, p), value in t.offsets.items():
                self.groups[group].offsets[(topic, p)] = value
        t.partitions, t.offsets, t.groups, t.ongoing = set(), {}, set(), False
        self.wake()

    async def watch(self):
        while True:
            await asyncio.sleep(0.1)
            now = time.time()
            for t in self.transactions.values():
                if t.ongoing and now - t.began > t.timeout / 1000:
                    t.epoch += 1
                    self.epochs[t.pid] = t.epoch
                    self.end(t, False)
            for g in list(self.groups.values()):
                for id, m in list(g.members.items()):
                    if now - m.seen > m.session / 1000 and m.waiting is None and m.syncing is None:
                        self.remove(g, id)

    # Groups

    def offset_commit(self, r, o, version, refusal):
        group, _, _, _ = r.text(), r.take("i"), r.text(), r.take("q")
        topics = r.array(lambda: (r.text(), r.array(lambda: (r.take("i"), r.take("q"), r.text()))))

        def topic(item):
            o.text(item[0])

            def part(entry):
                self.groups[group].offsets[(item[0], entry[0])] = entry[1:]
                o.put("ih", entry[0], refusal)

            o.array(item[1], part)

        o.array(topics, topic)

    def offset_fetch(self, r, o, version, refusal):
        group = r.text()
        topics = r.array(lambda: (r.text(), r.array(lambda: r.take("i"))))

        def topic(item):
            o.text(item[0])

            def part(index):
                offset, metadata = self.groups[group].offsets.get((item[0], index), (-1, ""))
                o.put("iq", index, offset).text(metadata).put("h", refusal)

            o.array(item[1], part)

        o.array(topics, topic)

    async def join(self, r, o, version, refusal):
        group, session = r.text(), r.take("i")
        rebalance = r.take("i") if version >= 1 else session
        id, _ = r.text(), r.text()
        protocols = r.array(lambda: (r.text(), bytes(r.blob())))
        g = self.groups[group]
        if version >= 2:
            o.put("i", 0)
        if id and id not in g.members:
            return o.put("hi", 25, -1).text("").text("").text(id).put("i", 0)
        id = id or "m-" + uuid.UUID(int=self.random.getrandbits(128)).hex[:12] + "-" + str(len(g.members))
        m = g.members.setdefault(id, Member(protocols, session, rebalance))
        m.protocols, m.session, m.rebalance, m.seen, m.joined = protocols, session, rebalance, time.time(), True
        m.waiting = asyncio.get_running_loop().create_future()
        if g.state != "preparing":
            self.prepare(g)
        else:
            self.complete(g)
        await m.waiting
        m.waiting, m.seen = None, time.time()
        if id not in g.members:
            return o.put("hi", 25, -1).text("").text("").text(id).put("i", 0)
        o.put("hi", 0, g.generation).text(g.protocol).text(g.leader).text(id)
        listed = [(i, dict(x.protocols)[g.protocol]) for i, x in g.members.items()] if id == g.leader else []
        o.array(listed, lambda e: o.text(e[0]).blob(e[1]))

    def prepare(self, g):
        first = not any(not m.joined for m in g.members.values()) and g.generation == 0
        g.state = "preparing"
        for m in g.members.values():
            if m.waiting is None:
                m.joined = False
            if m.syncing and not m.syncing.done():
                m.syncing.set_result(27)
        g.deadline = time.time() + (0.3 if first else max(m.rebalance for m in g.members.values()) / 1000)
        g.wait = first

        async def end():
            while g.state == "preparing" and time.time() < g.deadline:
                await asyncio.sleep(0.02)
            if g.state == "preparing":
                for id, m in list(g.members.items()):
                    if not m.joined:
                        del g.members[id]
                g.wait = False
                self.complete(g)

        asyncio.create_task(end())
        self.complete(g)

    def complete(self, g):
        if g.state != "preparing" or g.wait or not all(m.joined for m in g.members.values()):
            return
        if not g.members:
            g.state = "empty"
            return
        g.generation += 1
        g.state = "syncing"
        common = [p for p, _ in next(iter(g.members.values())).protocols if all(p in dict(m.protocols) for m in g.members.values())]
        g.protocol, g.leader = common[0] if common else "", g.leader if g.leader in g.members else next(iter(g.members))
        for m in g.members.values():
            m.assignment = b""
            if m.waiting and not m.waiting.done():
                m.waiting.set_result(None)

    async def sync(self, r, o, version, refusal):
        group, generation, id = r.text(), r.take("i"), r.text()
        given = r.array(lambda: (r.text(), bytes(r.blob())))
        g = self.groups[group]
        if version >= 1:
            o.put("i", 0)
        m = g.members.get(id)
        error = 25 if m is None else 22 if generation != g.generation else 27 if g.state == "preparing" else 0
        if not error:
            m.seen = time.time()
            if id == g.leader and g.state == "syncing":
                for other, assignment in given:
                    if other in g.members:
                        g.members[other].assignment = assignment
                g.state = "stable"
                for other in g.members.values():
                    if other.syncing and not other.syncing.done():
                        other.syncing.set_result(0)
            elif g.state == "syncing":
                m.syncing = asyncio.get_running_loop().create_future()
                error = await m.syncing
                m.syncing, m.seen = None, time.time()
        o.put("h", error).blob(b"" if error else m.assignment)

    def heartbeat(self, r, o, version, refusal):
        group, generation, id = r.text(), r.take("i"), r.text()
        g = self.groups[group]
        if version >= 1:
            o.put("i", 0)
        if id not in g.members:
            return o.put("h", 25) and None
        g.members[id].seen = time.time()
        o.put("h", refusal or (22 if generation != g.generation else 27 if g.state == "preparing" else 0))

    def leave(self, r, o, version, refusal):
        group, id = r.text(), r.text()
        if version >= 1:
            o.put("i", 0)
        g = self.groups[group]
        o.put("h", 0 if id in g.members else 25)
        self.remove(g, id)

    def remove(self, g, id):
        m = g.members.pop(id, None)
        if m is None:
            return
        for future in (m.waiting, m.syncing):
            if future and not future.done():
                future.set_result(25)
        if not g.members:
            g.state = "empty"
        elif g.state == "preparing":
            self.complete(g)
        else:
            self.prepare(g)


async def main():
    parser = argparse.ArgumentParser()
    for name in ("topics", "user", "chaos", "control", "deny", "tls"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--max-message", type=int, default=1048588)
    parser.add_argument("--port", type=int, default=0)
    broker = Broker(parser.parse_args())
    broker.port = broker.options.port
    for topic in filter(None, broker.options.topics.split(",")):
        name, partitions = topic.split(":")
        broker.make(name, int(partitions))
    await broker.listen()
    loop = asyncio.get_running_loop()

    def command(line):
        words = line.split()
        if words and words[0] in ("fail", "drop", "lose"):
            error = int(words[2]) if words[0] == "fail" else 0
            broker.faults[int(words[1])] += [(words[0], error)] * int(words[-1])
        elif words and words[0] == "clear":
            broker.faults.clear()
        elif words and words[0] == "set":
            broker.configs[words[1]].update(pair.split("=") for pair in words[2].split(","))
        elif words and words[0] == "forget":
            for partition in broker.topics[words[1]]:
                batches = partition.batches[-1:] if words[2] == "newest" else partition.batches
                partition.batches = partition.batches[:len(partition.batches) - len(batches)] + [emptied(b) for b in batches]
        elif words and words[0] == "dump":
            with open(words[2] + ".part", "w") as file:
                file.write(" ".join("%s=%s" % item for item in sorted(broker.configs[words[1]].items())) + "\n")
            os.rename(words[2] + ".part", words[2])
        elif words and words[0] == "pause":
            loop.create_task(broker.pause(float(words[1])))

    def control():
        while True:
            with open(broker.options.control) as lines:
                for line in lines:
                    loop.call_soon_threadsafe(command, line)

    if broker.options.control:
        threading.Thread(target=control, daemon=True).start()
    print("127.0.0.1:%d" % broker.port, flush=True)
    parent = os.getppid()
    watch = loop.create_task(broker.watch())
    # It does not outlive whoever started it.
    while os.getppid() == parent:
        await asyncio.sleep(0.2)


asyncio.run(main())
