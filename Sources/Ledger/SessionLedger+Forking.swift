import NIOCore
import Wire

/// Forking: which part of a session another one begins with.
extension SessionLedger {
    /// What a fork begins with, by the durable journal: everything but the turn that runs and the prompts that wait.
    public var forkPlan: ForkPlan {
        let running = state.runningTurn
        var through = running.map { $0.startSeq - 1 } ?? record.headSeq
        let unanswered = prompts.values.filter { $0.end == nil }
        // A prompt that waited while another turn ran stands between the entries of that turn.
        var omitted = unanswered.filter { $0.seq <= through && $0.seq > 0 }.map { prompt in
            let blocks = (try? JSON(parsing: prompt.content))?.array?.count ?? 1
            return max(1, prompt.seq - Seq(max(1, blocks)) + 1)...prompt.seq
        }.sorted { $0.lowerBound < $1.lowerBound }
        while let last = omitted.last, last.upperBound == through {
            through = last.lowerBound - 1
            omitted.removeLast()
        }
        return ForkPlan(
            source: record.id, through: through, omitted: omitted,
            origin: ForkOrigin(
                session: record.id, seq: through, title: record.title,
                leavesTurnsOut: running != nil || !unanswered.isEmpty))
    }
}
