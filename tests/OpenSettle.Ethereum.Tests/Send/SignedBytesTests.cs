using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Send;

public sealed class SignedBytesTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 127, 128)]
    [InlineData(2_000_000_000, 123_456_789_012, 21_000)]
    public void Offer_OfSignedBytes_IsWhatWasSigned(ulong tip, ulong cap, ulong gas)
    {
        var request = new TransactionRequest(31337, 7, tip, cap, gas, Address.Zero, 0, new byte[300]);
        var raw = TypedTransaction.Encode(request, new RecoverableSignature(Keccak256.HashText("r"), Keccak256.HashText("s"), 28));
        Assert.Equal((new GasFee(tip, cap), gas), SignedBytes.Offer(raw));
    }

    [Fact]
    public void Offer_OfBytesThatAreNoTransaction_IsRefused()
    {
        foreach (var raw in new byte[][] { [], [1], [2], [2, 0xc0], [2, 0xc1, 0x01], [3, 0xc0] }) Assert.Throws<FormatException>(() => SignedBytes.Offer(raw));
    }
}
