#if DEBUG
    /// All fail points, in the order in which a prompt passes them. A name in the environment or the code that is not
    /// in this list stops the program.
    public enum FailPointName: String, CaseIterable, Sendable {
        // The client.

        /// 1: the 101 was received, and no byte after it has been handled.
        case opened = "client.opened"
        /// 2: the prompt is in the outbox on disk, and nothing was sent.
        case queued = "client.queued"
        /// 3: prompts were sent and are marked as sent on disk, and no echo has arrived.
        case sent = "client.sent"
        /// 4: entries arrived, and none of them is on disk.
        case storeBegins = "client.store.begin"
        /// 5: the state store has the chat's session, and the mirror has none of its entries.
        case storeBetween = "client.store.between"
        /// 6: the mirror has the entries, and the prompts that they echo are still in the outbox.
        case storeRemoves = "client.store.remove"
        /// 7: the disk has everything, and the engine has not been told.
        case stored = "client.stored"

        // The server.

        /// 8: a session is about to be created.
        case createBegins = "server.create.begin"
        /// 9: the session is in the journal, and no client was told.
        case created = "server.created"
        /// 10: entries are about to be committed.
        case commitBegins = "server.commit.begin"
        /// 11: the entries are in the journal, and the ledger has not been told.
        case committed = "server.committed"
        /// 12: the ledger is about to be told of the commit: entries are delivered, turns begin, agents continue.
        case delivery = "server.deliver"
        /// 13: a response is about to be queued.
        case answer = "server.answer"
        /// 14: a page of a replay is about to be queued; `drop` omits one of its entries.
        case replay = "server.replay"
        /// 15: the fence after a replay is about to be queued.
        case fence = "server.fence"
        /// 16: the successor of an expired session was created, and the expired one is not marked yet.
        case expiry = "server.expire"

        // The librarian.

        /// 17: the question is about to be parsed.
        case step1 = "librarian.step1"
        /// 18: the files are about to be listed.
        case step2 = "librarian.step2"
        /// 19: the files are about to be indexed.
        case step3 = "librarian.step3"
        /// 20: passages are about to be read.
        case step4 = "librarian.step4"
        /// 21: one passage is about to be read.
        case passage = "librarian.step4.passage"
        /// 22: the answer is about to be written.
        case step5 = "librarian.step5"
        /// 23: a chunk of the answer is about to be journaled.
        case chunk = "librarian.step5.chunk"

        /// The number in this list, from 1.
        public var number: Int { (Self.allCases.firstIndex(of: self) ?? -1) + 1 }
    }
#endif
