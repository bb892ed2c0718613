#if DEBUG
    /// Every fail point, in the order in which a prompt comes by them. What the environment or the code names and this
    /// list does not stops the program.
    public enum FailPointName: String, CaseIterable, Sendable {
        // The client.

        /// 1: the upgrade was answered, and nothing behind the 101 has been looked at.
        case opened = "client.opened"
        /// 2: the prompt is in the outbox on the disk, and nobody else knows of it.
        case queued = "client.queued"
        /// 3: prompts have gone out, the disk says so, and nothing came back.
        case sent = "client.sent"
        /// 4: entries came, and nothing of them is written.
        case storeBegins = "client.store.begin"
        /// 5: the desk knows which session the chat is, and the mirror has nothing of what came with it.
        case storeBetween = "client.store.between"
        /// 6: the mirror has the entries, and the prompts that they confirm are still in the outbox.
        case storeRemoves = "client.store.remove"
        /// 7: the disk has everything, and the engine does not know.
        case stored = "client.stored"

        // The server.

        /// 8: a session is to be made.
        case createBegins = "server.create.begin"
        /// 9: the session is in the journal, and nobody was told.
        case created = "server.created"
        /// 10: entries are to be committed.
        case commitBegins = "server.commit.begin"
        /// 11: the entries are in the journal, and the ledger does not know.
        case committed = "server.committed"
        /// 12: the ledger is about to hear of the commit: entries are delivered, turns begin, agents go on.
        case delivery = "server.deliver"
        /// 13: an answer is about to be queued.
        case answer = "server.answer"
        /// 14: a page of a replay is about to be queued; `drop` leaves one of its entries out.
        case replay = "server.replay"
        /// 15: the fence behind a replay is about to be queued.
        case fence = "server.fence"
        /// 16: the clean session in the place of an expired one is made, and the old one is not marked yet.
        case expiry = "server.expire"

        // The librarian.

        /// 17: the question is to be understood.
        case step1 = "librarian.step1"
        /// 18: the files are to be listed.
        case step2 = "librarian.step2"
        /// 19: the files are to be indexed.
        case step3 = "librarian.step3"
        /// 20: passages are to be read.
        case step4 = "librarian.step4"
        /// 21: one passage is to be read.
        case passage = "librarian.step4.passage"
        /// 22: the answer is to be written.
        case step5 = "librarian.step5"
        /// 23: a piece of the answer is to be journaled.
        case chunk = "librarian.step5.chunk"

        /// Its number in this list, from 1.
        public var number: Int { (Self.allCases.firstIndex(of: self) ?? -1) + 1 }
    }
#endif
