using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Where a contract will stand before it is deployed: contracts that name each other need that.</summary>
public static class ContractAddress
{
    /// <summary>The address of a contract that an account creates with the transaction of this nonce.</summary>
    public static Address Create(Address deployer, ulong nonce)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(new RlpList().Account(deployer).Integer(nonce).ToArray(), hash);
        return Address.FromBytes(hash[(Hash32.Size - Address.Size)..]);
    }
}
