import NIOCore
import Platform
import Transport
import Wire

/// Rings at a moment of the client's clock, also when the machine sleeps until then: a timer of the event loop would
/// stand still meanwhile.
///
/// Nothing ticks in between, so an idle client makes no system calls.
///
/// It is confined to its event loop: all members are used there only, which every entry point asserts. That is why it
/// may be `@unchecked Sendable`.
final class Alarm: @unchecked Sendable {
    private let loop: any EventLoop
    private let rang: @Sendable (Instant) -> Void
    /// The kernel's timer; `nil` where there is none, and the event loop's timer is used.
    private var descriptor: Int32?
    private var channel: DescriptorChannel?
    private var scheduled: Scheduled<Void>?
    private var isStopped = false
    /// The moment that it is set to.
    private(set) var moment: Instant?

    /// Creates an alarm that is not set.
    ///
    /// - Parameters:
    ///   - loop: The event loop to run on; the caller must be on it.
    ///   - rang: Called on the event loop with the moment, when it has come.
    static func make(on loop: any EventLoop, rang: @escaping @Sendable (Instant) -> Void) -> Alarm {
        loop.preconditionInEventLoop()
        let alarm = Alarm(loop: loop, rang: rang)
        alarm.open()
        return alarm
    }

    private init(loop: any EventLoop, rang: @escaping @Sendable (Instant) -> Void) {
        (self.loop, self.rang) = (loop, rang)
    }

    /// Rings at this moment, or earlier when it was set to an earlier one: moving a deadline back with every frame of a
    /// stream costs nothing, and whoever is called too early sets it again.
    func set(_ moment: Instant) {
        loop.preconditionInEventLoop()
        if isStopped { return }
        if let set = self.moment, set <= moment { return }
        self.moment = moment
        scheduled?.cancel()
        if let descriptor {
            BootTimer.set(descriptor, to: moment.nanoseconds)
        } else {
            let delay = max(0, (moment - ClientClock.now).nanoseconds)
            scheduled = loop.scheduleTask(in: .nanoseconds(delay)) { self.ring() }
        }
    }

    /// Rings no more.
    func stop() {
        loop.preconditionInEventLoop()
        isStopped = true
        descriptor = nil
        scheduled?.cancel()
        channel?.close()
        (scheduled, channel) = (nil, nil)
    }

    private func open() {
        guard let descriptor = BootTimer.open() else { return }
        self.descriptor = descriptor
        channel = DescriptorChannel.open(descriptor, on: loop) {
            AlarmHandler { self.ring() }
        } failed: {
            self.descriptor = nil
            // What was set meanwhile is set again, with the other timer.
            if let moment = self.moment {
                self.moment = nil
                self.set(moment)
            }
        }
    }

    private func ring() {
        guard !isStopped, let moment else { return }
        self.moment = nil
        rang(moment)
    }
}

/// Every read is the timer's count of how often it has expired.
private final class AlarmHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let expired: () -> Void

    init(expired: @escaping () -> Void) { self.expired = expired }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { expired() }
}
