import Testing
import Wire

@testable import Sync

/// Settings of the agent: one at a time, in order, before the prompts behind them, and again on the next connection.
@Suite struct SettingTests {
    private static let slow = AgentSetting.mode("slow")

    private func sent(_ effects: [SyncEffect]) -> [Message] {
        effects.compactMap { if case .send(_, let message) = $0 { message } else { nil } }
    }

    private func request(_ setting: AgentSetting, _ id: Int64) -> Message {
        let (method, params) = setting.request(of: Client.session.rawValue)
        return .request(.number(id), method: method, params: params)
    }

    @Test func aSettingGoesOutBeforeThePromptBehindIt() throws {
        let client = Client.live()
        let first = sent(client.handle(.set(Self.slow)))
        guard case .request(let id, Method.setMode, _)? = first.first, first.count == 1 else {
            return #expect(Bool(false), "\(first)")
        }
        #expect(sent(client.handle(.queued(item("a")))).isEmpty, "the prompt waits for it")
        let then = sent(client.receive(.response(id, result: [:])))
        guard case .request(_, Method.prompt, _)? = then.first else { return #expect(Bool(false), "\(then)") }
    }

    @Test func aRefusalIsSaidAndThePromptGoesOutAllTheSame() {
        let client = Client.live()
        guard case .request(let id, _, _)? = sent(client.handle(.set(Self.slow))).first else {
            return #expect(Bool(false))
        }
        _ = client.handle(.queued(item("a")))
        let effects = client.receive(.failure(id, .invalidParams("no such mode")))
        #expect(effects.contains(.settled(Self.slow, .failure(.invalidParams("no such mode")))))
        #expect(sent(effects).count == 1)
    }

    @Test func theyKeepTheirOrderAndTheNewestValueOfAnOptionCounts() {
        var settings = Settings()
        func isTaken(_ setting: AgentSetting) -> Bool { settings.want(setting) }
        func next() -> AgentSetting? { settings.take() }
        for setting: AgentSetting in [.option("a", "1"), .mode("x"), .option("a", "2"), .option("b", true)] {
            #expect(isTaken(setting))
        }
        #expect(next() == .mode("x") && next() == nil, "one at a time")
        #expect(isTaken(.mode("y")), "while another value of it is on its way")
        settings.answered()
        #expect(next() == .option("a", "2"))
        settings.connectionLost()
        #expect(next() == .option("a", "2"), "again, on the next connection")
        #expect(isTaken(.option("a", "3")))
        settings.connectionLost()
        var rest: [AgentSetting] = []
        while let setting = next() {
            rest.append(setting)
            settings.answered()
        }
        #expect(rest == [.option("b", true), .mode("y"), .option("a", "3")], "what was overtaken is not sent again")
        #expect(settings.isSettled)
    }

    @Test func tooManyAreRefused() {
        let client = Client.live()
        for number in 0...Settings.waitingMaximum { _ = client.handle(.set(.option("\(number)", true))) }
        let last = AgentSetting.option("last", true)
        #expect(client.handle(.set(last)).contains { if case .settled(last, .failure) = $0 { true } else { false } })
    }

    @Test func whatWasSetOfflineGoesOutWhenTheClientIsBack() {
        let client = Client.live()
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(sent(client.handle(.set(Self.slow))).isEmpty)
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        let effects = client.handle(
            .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4)]))
        #expect(sent(effects).contains { if case .request(_, Method.setMode, _) = $0 { true } else { false } })
    }
}
