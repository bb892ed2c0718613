import NIOCore
import Wire

extension FuzzTarget {
    /// Readers of the resume layer's own parts.
    static let layer: [FuzzTarget] = [
        decoder("attach-request", AttachRequest.self),
        decoder("attach-outcome", AttachOutcome.self),
        decoder("ack", Ack.self),
        decoder("caught-up", CaughtUp.self),
        decoder("history-request", HistoryRequest.self),
        decoder("history-message", HistoryMessage.self),
        decoder("session-state", SessionState.self),
        FuzzTarget("expiry") { bytes throws(Oddity) in
            guard let json = parsed(bytes), let error = try? RPCError(json: json), let expiry = Expiry(error) else {
                return
            }
            try expect(Expiry(expiry.error) == expiry, "read again it is another expiry")
        },
        FuzzTarget("fill-result") { bytes throws(Oddity) in
            guard let json = parsed(bytes), let request = json["request"].flatMap({ try? FillRequest(json: $0) }),
                let result = json["result"],
                let entries = try? FillResult.entries(result, answering: request)
            else { return }
            try expect(entries.last?.seq == request.range.upperBound, "they do not end where the gap ends")
            try expect((entries.first?.from ?? 0) >= request.range.lowerBound, "they begin before the gap")
        },
        FuzzTarget("refusal") { bytes throws(Oddity) in
            guard let json = parsed(bytes), let refusal = Refusal(status: 503, json: json) else { return }
            try expect(Refusal(status: 503, json: refusal.json) == refusal, "read again it is another refusal")
        },
    ]
}
