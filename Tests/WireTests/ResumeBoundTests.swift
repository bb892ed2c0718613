import Testing
import Wire

/// What one `initialize` may name to attach to: so many sessions, each in so many bytes.
@Suite struct ResumeBoundTests {
    private func read(_ elements: [JSON]) throws -> InitializeRequest {
        try InitializeRequest(json: [
            "protocolVersion": 1, "clientCapabilities": ["_meta": ["belay": ["clientId": "c"]]],
            "_meta": ["belay": ["resume": .array(elements)]],
        ])
    }

    private func element(_ session: String, epoch: String = "e") -> JSON {
        ["sessionId": .string(session), "epoch": .string(epoch), "afterSeq": 1]
    }

    @Test func oneMoreThanTheBoundIsRefusedWhateverItIs() throws {
        let bound = AttachRequest.listMaximum
        #expect(bound == 64, "as the manual says")
        let many = (0..<bound).map { element("s\($0)") }
        #expect(try read(many).layer?.resume.count == bound)
        // Counted before any is decoded.
        for extra in [element("extra"), element("s0"), .null, element("")] as [JSON] {
            let error = thrownError(RPCError.self) { try read(many + [extra]) }
            #expect(error == .invalidParams("'resume' has 65 elements, more than the maximum of 64"))
        }
    }

    @Test func eachNameIsBoundedInBytes() throws {
        let (long, tooLong) = (String(repeating: "n", count: 128), String(repeating: "n", count: 129))
        let request = try #require(try read([element(long, epoch: long)]).layer?.resume.first)
        #expect(request.position == Position(epoch: Epoch(long), seq: 1))
        for (element, field) in [(element(tooLong), "sessionId"), (element("s", epoch: tooLong), "epoch")] {
            let error = thrownError(RPCError.self) { try read([element]) }
            #expect(error?.message.hasPrefix("'\(field)' is not 1 to 128") == true)
            #expect(error?.message.contains("nnn") == false, "what was too long is not repeated")
        }
    }

    /// What else stands in an element is not kept: a request is as long as its names.
    @Test func whatIsNotKnownIsDropped() throws {
        let more: [JSON.Member] = [JSON.Member("padding", .string(String(repeating: "p", count: 100_000)))]
        let padded = JSON.object((element("s").members ?? []) + more)
        #expect(try read([padded]) == read([element("s")]))
    }
}
