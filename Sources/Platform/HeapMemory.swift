import CProcess

/// The memory that the allocator keeps for later.
public enum HeapMemory {
    /// Gives freed memory back to the system. It walks through the whole heap, and every thread that needs memory waits
    /// meanwhile: it is called seldom, and not where somebody waits.
    public static func giveBackFreed() { system_return_freed_memory() }
}
