// A shop. @interface Ghost : NSObject is a word here.
#import <Foundation/Foundation.h>
#include "shop.h"
/*
#import "ghost.h"
*/
@import UIKit;

@protocol Payable;
@protocol Sellable <NSObject>
- (double)price;
@end

@interface Shop : NSObject <Sellable, Payable>
@property(nonatomic) int count;
+ (instancetype)shared;
- (void)sell:(NSString *)name to:(id)buyer;
@end

@interface Shop (Extras)
- (void)close;
@end

SHOP_EXPORT API_AVAILABLE(ios(13.0), macos(10.15)) @interface Shelf<Goods : id> : Shop
    <Sellable,
     Payable>
@property (nonatomic, copy, nullable) void (^onSold)(Goods, int);
@property (readonly, getter=isFull) BOOL full SHOP_SINCE(2, 0);
@property CGFloat width, height;
- (void (^)(int))sellerOf:(Goods)goods;
- init;
@end

@implementation Shop
- (double)price {
  NSString* s = @"@interface Fake : NSObject";
  return 1;
}
@end

static int plain_c(int a) { return a; }

namespace shop {
NSString* title = @"Shop { of";
typedef NS_ENUM(NSInteger, Size) {
  SizeSmall = 0,
  SizeLarge,
};
typedef void (^Done)(NSString*, int);
struct Till {
  std::vector<double> sums;
  void add(double sum);
};
void Till::add(double sum) {
  @autoreleasepool {
    dispatch_async(queue, ^{ [shop sell:@"a" to:nil]; });
  }
}
} // namespace shop

@implementation Counter {
  int _count;
}
@synthesize count = _count;
static int helper(int a) { return a; }
- (int)next {
  if (_count) { return ++_count; }
  return helper(0);
}
@end
