import DequeModule

/// Jobs of many users for few hands: users take turns, and each has a bounded number in hand at a time. One user's
/// thousand jobs delay another's one job by as many as are in hand, and not by a thousand.
struct FairQueue<User: Hashable, Job> {
    /// How many jobs of one user may be in hand.
    private let share: Int
    private var waiting: [User: Deque<Job>] = [:]
    private var inHand: [User: Int] = [:]
    /// Users with jobs that wait, in the order of their turns.
    private var turns: Deque<User> = []

    /// - Parameter share: How many jobs of one user may be in hand at a time; at least 1.
    init(share: Int) { self.share = share }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// How many jobs wait.
    var waitingCount: Int { waiting.values.reduce(0) { $0 + $1.count } }

    /// How many jobs are in hand.
    var inHandCount: Int { inHand.values.reduce(0, +) }

    /// Takes a job.
    mutating func add(_ job: Job, of user: User) {
        if waiting[user] == nil { turns.append(user) }
        waiting[user, default: []].append(job)
    }

    /// The next job of the first user whose share is not used up; it is in hand from now on.
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

    /// A job of the user is done.
    mutating func done(_ user: User) {
        let left = (inHand[user] ?? 1) - 1
        inHand[user] = left > 0 ? left : nil
    }

    /// Everything that waits, taken out.
    mutating func removeAll() -> [Job] {
        defer { (waiting, turns) = ([:], []) }
        return turns.flatMap { waiting[$0] ?? [] }
    }

    /// The first job that fits, taken out of the middle.
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
