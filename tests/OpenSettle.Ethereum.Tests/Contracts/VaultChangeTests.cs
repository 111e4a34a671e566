using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Contracts;

/// <summary>What is scheduled, in the bytes that the vault decodes.</summary>
public sealed class VaultChangeTests
{
    private static readonly Address A = Address.FromBytes([.. new byte[19], 1]);

    [Fact]
    public void Changes_OfEveryKind_AreReadAsTheyWereWritten()
    {
        VaultChange[] changes =
            [new VaultChange.Attestors([A, Address.Zero], 2), new VaultChange.Attestors([], 0), new VaultChange.Window(uint.MaxValue), new VaultChange.Tokens([new ListedToken(A, 7), new ListedToken(Address.Zero, UInt256.One)]),
             new VaultChange.Guardian(A), new VaultChange.Governor(A)];
        Assert.Equal(Enum.GetValues<ChangeKind>().Order(), changes.Select(change => change.Kind).Distinct().Order());
        foreach (var change in changes) Assert.Equal(Samples.Print(change), Samples.Print(VaultChange.Decode(change.Kind, change.Encode().Span)));
    }

    [Fact]
    public void Bytes_OfAnotherForm_AreNone()
    {
        foreach (var kind in Enum.GetValues<ChangeKind>())
        {
            Assert.Null(VaultChange.Decode(kind, []));
            Assert.Null(VaultChange.Decode(kind, Enumerable.Repeat((byte)0xff, 96).ToArray()));
        }

        Assert.Null(VaultChange.Decode((ChangeKind)9, new VaultChange.Governor(A).Encode().Span));
        var set = new VaultChange.Attestors([A], 1).Encode();
        for (var length = 0; length < set.Length; length++) Assert.Null(VaultChange.Decode(ChangeKind.Attestors, set.Span[..length]));
    }

    /// <summary>As Solidity's abi.encode(address[], uint32) has it.</summary>
    [Fact]
    public void Attestors_AreEncodedAsTheVaultDecodesThem() => Assert.Equal(
        "0x" + $"{0x40:x64}" + $"{2:x64}" + $"{1:x64}" + $"{1:x64}", Hex.Encode(new VaultChange.Attestors([A], 2).Encode().Span));
}
