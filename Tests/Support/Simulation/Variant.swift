/// A way in which client or server would be broken. The simulator is worth something only if it sees each of them.
public enum Variant: String, CaseIterable, Sendable {
    /// The server leaves out `_belay/caught_up`.
    case dropFence
    /// The server takes a position beyond its last entry for its last entry.
    case clampCursor
    /// The server compares numbers of different incarnations of a journal.
    case forgetEpoch
    /// The server does not compare when entries were written.
    case forgetTimestamp
    /// The server delivers and answers before the disk has it.
    case acknowledgeBeforeCommit
    /// The server that starts again gives the last number once more.
    case reuseSeq
    /// The server that starts again knows no idempotency keys.
    case forgetKeys
    /// The server that starts again leaves a turn as it was.
    case forgetTurn
    /// Whoever comes back is not asked again what is open.
    case forgetQuestions
    /// A replay begins one entry too late.
    case replayTooLate
    /// A replay says that everything was written now.
    case restampReplay
    /// A cancel stops whatever runs.
    case cancelAnything
    /// The second answer to a question counts as well.
    case answerTwice
    /// A resume claims what was received and not what the mirror holds.
    case claimReceived
    /// A resume claims a position of which the mirror does not know when it was written.
    case claimUnverified
    /// A prompt leaves the outbox when it is sent.
    case forgetOutbox
    /// A prompt that is sent again gets another key.
    case freshKey
    /// The mirror's cursor moves ahead of its entries.
    case tornMirror
    /// A snapshot is built in the place of the copy that is shown.
    case snapshotInPlace
    /// What an old connection says is taken for the present one's.
    case staleGeneration
    /// The mirror forgets which entries it was not sent.
    case forgetGaps
    /// A merged entry is shown whole, though a part of it was shown.
    case showRepeated
    /// The mirror appends a merged entry behind the entries that it repeats.
    case appendRepeated
    /// A session that cannot be read just now is answered as one that is not there.
    case failureIsAbsence
    /// A session leaves memory while somebody attaches to it, and is answered as one that is not there.
    case evictPinned
    /// What a captive portal answers is taken for the server's answer.
    case portalIsServer
    /// A commit that was reported as failed is taken for one that was not written.
    case believeFailures
    /// The time in which no server ran counts as absence.
    case countDowntime
    /// A prompt whose key left memory is taken for a new one.
    case skipLookUp
    /// A checkpoint is stored before the entries in it are.
    case checkpointAhead
    /// Sessions that nobody comes back to stay until somebody asks for them.
    case retainUntilAsked
    /// Text that comes together is made one entry, also when it is of two messages.
    case coalesceAcrossMessages
    /// What an agent said is taken for durable before it is.
    case ignoreBarrier
    /// The store accepts the commits of a server in whose place another one is.
    case ignoreFence
    /// The answer to a prompt overtakes the entries of its turn.
    case answerBeforeEntries
    /// Retention deletes what the disk knows no sign of life of, whoever uses it.
    case sweepUsed
    /// A second connection of a client gets the place of the first one in the order of all.
    case reuseGeneration
    /// What the load of a session finds is given to whoever waits for it, also when it is another user's.
    case shareLoads
    /// Absence is counted by the wall clock.
    case countByWall
    /// The client frees its decompressor while it has nothing to read, and the server refers to what was in it.
    case loseDeflateContext
}

extension Variant {
    /// Whether sessions have to expire, or must not, for this to be seen; chance decides when `nil`.
    var expires: Bool? {
        switch self {
        case .countDowntime, .retainUntilAsked, .sweepUsed, .countByWall: true
        case .forgetTimestamp, .forgetEpoch, .clampCursor, .claimUnverified: false
        default: nil
        }
    }

    /// Whether wall clocks have to be set, or must not be.
    var setsClocks: Bool? {
        switch self {
        case .countByWall: true
        case .forgetTimestamp, .forgetEpoch, .clampCursor, .claimUnverified: false
        default: nil
        }
    }

    /// Whether several servers have to share the disk, or must not.
    var isShared: Bool? {
        switch self {
        case .forgetTimestamp, .forgetEpoch, .clampCursor, .claimUnverified, .ignoreBarrier: false
        default: expires == true ? false : nil
        }
    }

    /// How many clients there have to be for this to be seen.
    var clientsMinimum: Int {
        switch self {
        case .forgetTimestamp, .claimUnverified: 2
        default: 1
        }
    }
}
