extension Grammars {
    /// Languages that are compiled to machine code.
    static let systems: [Grammar] = [
        Grammar(
            "swift", line: "//", comments: [nestedSlashes],
            quotes: [.double, .tripleDouble, Grammar.Quote("#\"", "\"#", hasEscapes: false)],
            keywords: """
                actor any as associatedtype async await borrowing break case catch class consuming continue default \
                defer deinit do else enum extension fallthrough false fileprivate final for func get guard if import \
                in indirect infix init inout internal is isolated lazy let macro mutating nil nonisolated open \
                operator override package precedencegroup prefix private protocol public repeat rethrows return self \
                Self sending set some static struct subscript super switch throw throws true try typealias unowned \
                var weak where while willSet didSet yield
                """, [.capitalTypes, .atNames, .directives]),
        Grammar(
            "c h", line: "//", comments: [slashes], quotes: [.double, .single],
            keywords: """
                auto break case const continue default do else enum extern for goto if inline register restrict \
                return sizeof static struct switch typedef union volatile while true false NULL nullptr constexpr
                """,
            types: """
                void char short int long float double signed unsigned bool size_t ssize_t ptrdiff_t int8_t int16_t \
                int32_t int64_t uint8_t uint16_t uint32_t uint64_t FILE pid_t
                """, .directives),
        Grammar(
            "cpp c++ cc cxx hpp h++ cuda arduino ino", line: "//", comments: [slashes],
            quotes: [.double, .single, Grammar.Quote("R\"(", ")\"", hasEscapes: false, spansLines: true)],
            keywords: """
                alignas alignof and asm auto break case catch class co_await co_return co_yield concept const \
                consteval constexpr constinit const_cast continue decltype default delete do dynamic_cast else enum \
                explicit export extern false final for friend goto if inline mutable namespace new noexcept not \
                nullptr operator or override private protected public register reinterpret_cast requires return \
                sizeof static static_assert static_cast struct switch template this throw true try typedef typeid \
                typename union using virtual volatile while
                """,
            types: """
                void char short int long float double signed unsigned bool wchar_t char8_t char16_t char32_t size_t \
                int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t string vector map
                """, [.capitalTypes, .directives]),
        Grammar(
            "objective-c objectivec objc obj-c", line: "//", comments: [slashes], quotes: [.double, .single],
            keywords: """
                break case const continue default do else enum extern for goto if in inline nil return self sizeof \
                static struct super switch typedef union while YES NO
                """, types: "void char short int long float double signed unsigned BOOL id instancetype",
            [.capitalTypes, .atNames, .directives]),
        Grammar(
            "rust rs", line: "//", comments: [nestedSlashes],
            quotes: [
                Grammar.Quote("\"", spansLines: true), .single,
                Grammar.Quote("r#\"", "\"#", hasEscapes: false, spansLines: true),
            ],
            keywords: """
                as async await break const continue crate dyn else enum extern false fn for if impl in let loop match \
                mod move mut pub ref return self Self static struct super trait true type union unsafe use where while
                """,
            types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
            [.capitalTypes, .shortCharacters]),
        Grammar(
            "go golang", line: "//", comments: [slashes],
            quotes: [.double, .single, Grammar.Quote("`", hasEscapes: false, spansLines: true)],
            keywords: """
                break case chan const continue default defer else fallthrough for func go goto if import interface \
                map package range return select struct switch type var nil true false iota
                """,
            types: """
                any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint \
                uint8 uint16 uint32 uint64 uintptr
                """),
        Grammar(
            "zig", line: "//", quotes: [.double, .single],
            keywords: """
                align allowzero and anyframe anytype asm async await break callconv catch comptime const continue \
                defer else enum errdefer error export extern false fn for if inline noalias null or orelse packed \
                pub resume return struct suspend switch test threadlocal true try undefined union unreachable \
                usingnamespace var volatile while
                """, types: "bool f16 f32 f64 i8 i16 i32 i64 isize type u8 u16 u32 u64 usize void noreturn",
            [.capitalTypes, .atNames]),
        Grammar(
            "d dlang", line: "//", comments: [slashes, Grammar.Comment("/+", "+/", nests: true)],
            quotes: [.double, .single, Grammar.Quote("`", hasEscapes: false, spansLines: true)],
            keywords: """
                abstract alias assert auto break case cast catch class const continue debug default delegate do else \
                enum export extern false final finally for foreach function goto if immutable import in inout \
                interface is lazy mixin module new null out override package private protected public pure ref \
                return scope shared static struct super switch template this throw true try typeof union unittest \
                version while with
                """, types: "bool byte char dchar double float int long real short string ubyte uint ulong void wchar",
            [.capitalTypes, .atNames]),
        Grammar(
            "assembly asm nasm s x86asm", line: "; # //", comments: [slashes], quotes: [.double, .single],
            keywords: """
                mov lea push pop call ret jmp je jne jz jnz jg jl jge jle add sub mul imul div idiv inc dec and or \
                xor not shl shr cmp test nop syscall int ldr str bl b adr stp ldp
                """,
            types: """
                rax rbx rcx rdx rsi rdi rsp rbp rip eax ebx ecx edx esi edi esp ebp al bl cl dl r8 r9 r10 r11 r12 r13 \
                r14 r15 xmm0 xmm1 x0 x1 x2 x3 sp lr
                """, .ignoresCase),
    ]
}
