using System.Buffers.Binary;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Claims;

/// <summary>
/// An account that is a contract: it takes coin, what its owner's key signed it has signed (ERC-1271), and what its owner sends it makes
/// the calls that stand in it, one after the other, all of them or none.
/// </summary>
internal static class SmartAccount
{
    private const byte Loop = 34;
    private const byte Done = 81;
    private const byte Check = 89;
    private const byte Stop = 172;

    /// <summary>Puts the code where an account is that has money to claim.</summary>
    public static Task PlaceAsync(PageStage stage, Address at, Address owner, CancellationToken cancellation) =>
        stage.AskChainAsync("hardhat_setCode", cancellation, at.ToString(), Hex.Encode(Code(owner)));

    /// <summary>What the owner sends: for each call where it goes, how long it is, and itself.</summary>
    public static byte[] Calls(params IReadOnlyList<(Address To, byte[] Data)> calls)
    {
        using var all = new MemoryStream();
        Span<byte> word = stackalloc byte[32];
        foreach (var (to, data) in calls)
        {
            word.Clear();
            to.ToArray().CopyTo(word[12..]);
            all.Write(word);
            word.Clear();
            BinaryPrimitives.WriteInt32BigEndian(word[28..], data.Length);
            all.Write(word);
            all.Write(data);
        }

        return all.ToArray();
    }

    private static byte[] Code(Address owner)
    {
        byte[] code =
        [
            0x36, 0x15, 0x60, Stop, 0x57,                                                       // no calldata: stop
            0x33, 0x73, .. owner.ToArray(), 0x14, 0x15, 0x60, Check, 0x57,                      // not from the owner: a signature to check
            0x60, 0x00,                                                                         // i = 0
            0x5b, 0x36, 0x81, 0x10, 0x15, 0x60, Stop, 0x57,                                     // while i < size
            0x80, 0x60, 0x20, 0x01, 0x35,                                                       // its length
            0x80, 0x82, 0x60, 0x40, 0x01, 0x60, 0x00, 0x37,                                     // its data, to memory
            0x60, 0x00, 0x60, 0x00, 0x82, 0x60, 0x00, 0x60, 0x00, 0x86, 0x35, 0x5a, 0xf1,       // the call
            0x60, Done, 0x57, 0x3d, 0x60, 0x00, 0x60, 0x00, 0x3e, 0x3d, 0x60, 0x00, 0xfd,       // it failed: with its words
            0x5b, 0x01, 0x60, 0x40, 0x01, 0x60, Loop, 0x56,                                     // the next one
            0x5b, 0x60, 0x04, 0x35, 0x60, 0x00, 0x52,                                           // the digest
            0x60, 0xa4, 0x35, 0x60, 0xf8, 0x1c, 0x60, 0x20, 0x52,                               // v
            0x60, 0x64, 0x35, 0x60, 0x40, 0x52,                                                 // r
            0x60, 0x84, 0x35, 0x60, 0x60, 0x52,                                                 // s
            0x60, 0x20, 0x60, 0x00, 0x60, 0x80, 0x60, 0x00, 0x60, 0x01, 0x5a, 0xfa, 0x50,       // ecrecover
            0x60, 0x00, 0x51, 0x73, .. owner.ToArray(), 0x14,                                   // is it the owner?
            0x63, 0x16, 0x26, 0xba, 0x7e, 0x60, 0xe0, 0x1b, 0x02,                               // then isValidSignature's own selector, else zero
            0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3,
            0x5b, 0x00,
        ];
        foreach (var label in (byte[])[Loop, Done, Check, Stop]) Assert.Equal(0x5b, code[label]);
        return code;
    }
}
