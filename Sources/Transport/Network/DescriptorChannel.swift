import Glibc
public import NIOCore
import NIOPosix

/// Reads what the kernel tells by a descriptor, such as a timer or a netlink socket, on an event loop.
///
/// It is confined to its event loop: all members are used there only, which every entry point asserts. That is why it
/// may be `@unchecked Sendable`.
public final class DescriptorChannel: @unchecked Sendable {
    private let loop: any EventLoop
    private var channel: (any Channel)?
    private var isClosed = false

    private init(loop: any EventLoop) { self.loop = loop }

    /// Begins to read a descriptor, which belongs to the channel from now on.
    ///
    /// - Parameters:
    ///   - loop: The event loop to read on; the caller must be on it.
    ///   - readBytes: The most bytes of a read; the rest of a longer datagram would be lost.
    ///   - handler: Makes the handler of what is read, as `ByteBuffer`.
    ///   - failed: Called on the event loop when the descriptor cannot be read; it is closed then.
    public static func open(
        _ descriptor: Int32, on loop: any EventLoop, readBytes: Int = 2_048,
        handler: @escaping @Sendable () -> any ChannelHandler, failed: @escaping @Sendable () -> Void
    ) -> DescriptorChannel {
        loop.preconditionInEventLoop()
        let opened = DescriptorChannel(loop: loop)
        NIOPipeBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readBytes))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    if opened.isClosed { channel.close(promise: nil) } else { opened.channel = channel }
                case .failure:
                    Glibc.close(descriptor)
                    failed()
                }
            }
        return opened
    }

    /// Closes the descriptor, also one that is about to be read.
    public func close() {
        loop.preconditionInEventLoop()
        isClosed = true
        channel?.close(promise: nil)
        channel = nil
    }
}
