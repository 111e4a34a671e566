// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {
    Authorization,
    IInferencePayments,
    PaymentOrder,
    Permit
} from "../../contracts/interfaces/IInferencePayments.sol";
import {Deployed} from "./support/Deployed.sol";
import {AuthorizationToken, PermitToken} from "./support/PaymentTokens.sol";

/// @title What the rail's tests share: a model, a holder with a key, and what the holder signs
abstract contract RailTest is Deployed {
    uint256 internal constant HOLDER_KEY = uint256(keccak256("holder"));
    uint256 internal constant OTHER_KEY = uint256(keccak256("other"));
    address internal constant stranger = address(0x57A6);
    bytes32 internal constant REF = "use";

    bytes32 internal constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    address internal holder;
    address internal other;
    bytes32 internal model;
    address internal payAddress;

    function setUp() public virtual override {
        super.setUp();
        holder = vm.addr(HOLDER_KEY);
        other = vm.addr(OTHER_KEY);
        (model, payAddress) = registerModel("model");
    }

    /// @dev Deploys anew with another token listed.
    function list(address token) internal {
        deploy(token);
        (model, payAddress) = registerModel("model");
    }

    function approve(address token, address owner, uint256 amount) internal {
        vm.prank(owner);
        IERC20(token).approve(address(rail), amount);
    }

    function expectPaid(address payer_, address token, uint256 amount) internal {
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer_, token, amount, REF);
    }

    function assertCounted(address token, uint256 amount) internal view {
        assertEq(vault.credited(token), amount, "credited");
        assertEq(IERC20(token).balanceOf(address(vault)), amount, "in the vault");
        assertEq(IERC20(token).balanceOf(address(rail)), 0, "not in the rail");
    }

    // What is signed

    /// @dev The permit for the rail that `key` signs now.
    function permitOf(PermitToken token, uint256 key, uint256 value, uint256 deadline)
        internal
        view
        returns (Permit memory permit)
    {
        address owner = vm.addr(key);
        bytes32 content =
            keccak256(abi.encode(PERMIT_TYPE, owner, address(rail), value, token.nonces(owner), deadline));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        permit = Permit({value: value, deadline: deadline, v: v, r: r, s: s});
    }

    function noPermit() internal pure returns (Permit memory) {
        return Permit({value: 0, deadline: 0, v: 0, r: 0, s: 0});
    }

    function orderOf(address token, uint256 amount) internal view returns (PaymentOrder memory) {
        return PaymentOrder({
            payer: holder,
            modelId: model,
            token: token,
            amount: amount,
            usageRef: REF,
            salt: "salt",
            deadline: block.timestamp + 1 hours
        });
    }

    function signed(PaymentOrder memory order, uint256 key) internal view returns (bytes memory) {
        return signature(key, rail.orderDigest(order));
    }

    /// @dev The holder's, not signed yet.
    function authorizationOf(address token, uint256 amount) internal view returns (Authorization memory) {
        return Authorization({
            payer: holder,
            modelId: model,
            token: token,
            amount: amount,
            usageRef: REF,
            salt: "salt",
            validAfter: block.timestamp - 1,
            validBefore: block.timestamp + 1 hours,
            signature: ""
        });
    }

    function authorizationDigest(Authorization memory all) internal view returns (bytes32) {
        bytes32 nonce = rail.authorizationNonce(all.modelId, all.usageRef, all.salt);
        return AuthorizationToken(all.token).authorizationDigest(
            all.payer, address(rail), all.amount, all.validAfter, all.validBefore, nonce
        );
    }

    function signed(Authorization memory all, uint256 key) internal view returns (Authorization memory) {
        all.signature = signature(key, authorizationDigest(all));
        return all;
    }
}
