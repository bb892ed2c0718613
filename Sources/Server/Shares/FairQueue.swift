import DequeModule

/// A queue that serves users round-robin, each with a bounded number of jobs in progress at a time. One user's thousand
/// jobs delay another's one job by the jobs in progress, and not by a thousand.
struct FairQueue<User: Hashable, Job> {
    /// How many jobs of one user may be in progress.
    private let share: Int
    private var waiting: [User: Deque<Job>] = [:]
    private var inHand: [User: Int] = [:]
    /// Users with waiting jobs, in round-robin order.
    private var turns: Deque<User> = []

    /// - Parameter share: How many jobs of one user may be in progress at a time; at least 1.
    init(share: Int) { self.share = share }

    /// Whether no job waits; some may be in progress.
    var isEmpty: Bool { waiting.isEmpty }

    /// How many jobs wait.
    var waitingCount: Int { waiting.values.reduce(0) { $0 + $1.count } }

    /// How many jobs are in progress.
    var inHandCount: Int { inHand.values.reduce(0, +) }

    /// Adds a job behind the user's others.
    mutating func add(_ job: Job, of user: User) {
        if waiting[user] == nil { turns.append(user) }
        waiting[user, default: []].append(job)
    }

    /// The next job of the first user below its share; it counts as in progress until ``done(_:)``.
    mutating func next() -> (user: User, job: Job)? {
        for _ in 0..<turns.count {
            guard let user = turns.popFirst() else { return nil }
            guard inHand[user] ?? 0 < share, let job = waiting[user]?.popFirst() else {
                turns.append(user)
                continue
            }
            if waiting[user]?.isEmpty == true { waiting[user] = nil } else { turns.append(user) }
            inHand[user, default: 0] += 1
            return (user, job)
        }
        return nil
    }

    /// A job of the user has ended.
    mutating func done(_ user: User) {
        let left = (inHand[user] ?? 1) - 1
        inHand[user] = left > 0 ? left : nil
    }

    /// Removes and returns all waiting jobs.
    mutating func removeAll() -> [Job] {
        defer { (waiting, turns) = ([:], []) }
        return turns.flatMap { waiting[$0] ?? [] }
    }

    /// Removes and returns the user's first waiting job that satisfies the predicate.
    mutating func remove(of user: User, where fits: (Job) -> Bool) -> Job? {
        guard let index = waiting[user]?.firstIndex(where: fits) else { return nil }
        let job = waiting[user]?.remove(at: index)
        if waiting[user]?.isEmpty == true {
            waiting[user] = nil
            turns.removeAll { $0 == user }
        }
        return job
    }
}
